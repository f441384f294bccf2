use std::collections::HashSet;

use super::*;

#[test]
fn every_tier_is_found_under_its_name_in_any_case() {
    for tier in TIERS {
        for name in [tier.name().to_owned(), tier.name().to_uppercase(), tier.name().to_lowercase()] {
            assert_eq!(Tier::named(&name), Ok(tier));
        }
    }
}

#[test]
fn the_default_is_one_of_them() {
    assert_eq!(Tier::named("B1"), Ok(Tier::DEFAULT));
}

#[test]
fn names_are_unique_without_regard_to_case() {
    let names: HashSet<_> = TIERS.iter().map(|tier| tier.name().to_lowercase()).collect();
    assert_eq!(names.len(), TIERS.len());
}

/// The catalogue's figures, written out a second time: name, SKU, cores, memory in MiB, WebSockets, Always On.
#[test]
fn amounts_are_those_of_the_catalogue() {
    for (name, sku, cores, mib, web_sockets, always_on) in [
        ("F1", "Free", 1, 1024, Some(5), false),
        ("D1", "Shared", 1, 1024, Some(35), false),
        ("B1", "Basic", 1, 1792, Some(350), true),
        ("B2", "Basic", 2, 3584, Some(350), true),
        ("B3", "Basic", 4, 7168, Some(350), true),
        ("S1", "Standard", 1, 1792, None, true),
        ("S3", "Standard", 4, 7168, None, true),
        ("P2", "Premium", 2, 3584, None, true),
        ("P1v2", "PremiumV2", 1, 3584, None, true),
        ("P0v3", "PremiumV3", 1, 4096, None, true),
        ("P3v3", "PremiumV3", 8, 32768, None, true),
        ("P1mv3", "PremiumMV3", 2, 16384, None, true),
        ("P5mv3", "PremiumMV3", 32, 262_144, None, true),
        ("I1", "Isolated", 1, 3584, None, true),
        ("I6v2", "IsolatedV2", 64, 262_144, None, true),
    ] {
        let tier = Tier::named(name).unwrap();
        assert_eq!(tier.sku().as_str(), sku, "{name}");
        assert_eq!(tier.cores(), cores, "{name}");
        assert_eq!(tier.memory(), mib * 1024 * 1024, "{name}");
        assert_eq!(tier.web_sockets(), web_sockets, "{name}");
        assert_eq!(tier.always_on(), always_on, "{name}");
        let dedicated = !matches!(name, "F1" | "D1");
        assert_eq!(tier.compute_mode().as_str(), if dedicated { "Dedicated" } else { "Shared" }, "{name}");
        assert_eq!(tier.bitness().as_str(), if dedicated { "AMD64" } else { "x86" }, "{name}");
    }
}

/// TIER-30 names these; each must be in the table.
#[test]
fn every_size_that_the_catalogue_names_is_there() {
    let sizes = "F1 D1 B1 B2 B3 S1 S2 S3 P1 P2 P3 P1v2 P2v2 P3v2 P0v3 P1v3 P2v3 P3v3 P1mv3 P2mv3 P3mv3 P4mv3 \
                 P5mv3 I1 I2 I3 I1v2 I2v2 I3v2 I4v2 I5v2 I6v2";
    assert_eq!(
        sizes.split_whitespace().collect::<Vec<_>>(),
        TIERS.iter().map(Tier::name).collect::<Vec<_>>()
    );
}

#[test]
fn within_a_price_level_each_size_is_at_least_as_big_as_the_one_before() {
    for pair in TIERS.windows(2).filter(|pair| pair[0].sku() == pair[1].sku()) {
        assert!(pair[0].cores() < pair[1].cores() && pair[0].memory() < pair[1].memory(), "{pair:?}");
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_names_and_the_nearest() {
    let text = Tier::named("P1v4").unwrap_err().to_string();
    assert!(text.starts_with("\"P1v4\" is not a tier; the nearest is P1v2; tiers are F1, D1, B1,"), "{text}");
    assert!(text.ends_with("I5v2, I6v2"), "{text}");
    let text = Tier::named("platinum").unwrap_err().to_string();
    assert!(!text.contains("nearest"), "{text}");
}
