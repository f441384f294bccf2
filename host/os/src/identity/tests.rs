use proptest::prelude::*;

use super::*;

#[test]
fn app_names_are_checked() {
    let longest = "a".repeat(60);
    for good in ["a", "7", "shop", "Shop-2", "a--b", longest.as_str()] {
        assert_eq!(AppName::new(good).unwrap().as_str(), good);
    }
    let too_long = "a".repeat(61);
    for bad in
        ["", "-", "-shop", "shop-", "my_shop", "my.shop", "sh op", "../x", "a/b", "über", "a\n", &too_long]
    {
        let text = AppName::new(bad).unwrap_err().to_string();
        assert!(text.contains(&format!("{bad:?}")) && text.contains("1 to 60"), "{text}");
    }
}

#[test]
fn stems_are_made_to_fit() {
    for (stem, name) in [
        ("shop", "shop"),
        ("hello.core", "hello-core"),
        ("_private__thing_", "private-thing"),
        ("größe", "gr-e"),
        ("...", "app"),
        ("", "app"),
    ] {
        assert_eq!(AppName::from_stem(stem).as_str(), name);
    }
}

#[test]
fn host_names_are_checked_and_put_in_lower_case() {
    assert_eq!(HostName::new("Shop.Example.COM").unwrap().as_str(), "shop.example.com");
    assert_eq!(HostName::local(&AppName::new("Shop").unwrap()).as_str(), "shop.localhost");
    let label = "a".repeat(64);
    let long = format!("{}com", "abc.".repeat(63));
    for bad in ["", ".", "a..b", "a.", "http://a", "a:80", "a/b", "-a.b", "a-.b", "a_b", "a b", &label, &long]
    {
        assert!(HostName::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn instance_ids_are_64_hex_digits_and_random_ones_differ() {
    let id = InstanceId::random();
    assert_eq!(InstanceId::new(id.as_str()), Ok(id.clone()));
    assert_ne!(id, InstanceId::random());
    assert!(id.as_str().starts_with(id.short()) && id.short().len() == 6);

    let id = InstanceId::new(&format!("{}f", "Ab3".repeat(21))).unwrap();
    assert_eq!((id.short(), id.computer_name().as_str()), ("ab3ab3", "RD0003FFAB3AB3"));
    let (short, long, other) = ("a".repeat(63), "a".repeat(65), "g".repeat(64));
    for bad in ["", &short, &long, &other] {
        assert_eq!(InstanceId::new(bad), Err(NotAnInstanceId));
    }
}

#[test]
fn labels_are_checked() {
    assert_eq!(Region::new("West Europe").unwrap().as_str(), "West Europe");
    assert_eq!(ResourceGroup::new("rg-shop_1.(x)").unwrap().as_str(), "rg-shop_1.(x)");
    for bad in ["", "a\u{1b}[0m", &"x".repeat(65)] {
        assert!(Region::new(bad).unwrap_err().to_string().contains("is not a region"), "{bad}");
    }
    for bad in ["", "rg.", "r g", "a/b", &"x".repeat(91)] {
        assert!(
            ResourceGroup::new(bad).unwrap_err().to_string().contains("is not a resource group"),
            "{bad}"
        );
    }
}

#[test]
fn the_owner_joins_subscription_group_and_region() {
    let mut identity = Identity::local(AppName::new("shop").unwrap());
    assert_eq!(identity.owner(), "00000000-0000-0000-0000-000000000000+local-Localwebspace");
    identity.region = Region::new("West Europe").unwrap();
    identity.resource_group = ResourceGroup::new("Shops").unwrap();
    assert!(identity.owner().ends_with("+Shops-WestEuropewebspace"));
}

proptest! {
    #[test]
    fn any_stem_gives_a_name_and_a_name_stays_as_it_is(stem in any::<String>()) {
        let name = AppName::from_stem(&stem);
        prop_assert_eq!(AppName::new(name.as_str()), Ok(name.clone()));
        prop_assert_eq!(AppName::from_stem(name.as_str()).as_str().len() <= name.as_str().len(), true);
        HostName::new(HostName::local(&name).as_str()).unwrap();
    }
}
