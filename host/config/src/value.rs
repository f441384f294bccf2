//! Texts into values. What fails says what is there and what may be.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use uuid::Uuid;

use crate::spec::LogFormat;

/// What is wrong with a text.
pub(crate) type Problem = String;

/// Reads with the type's own reader, whose errors are made for people.
pub(crate) fn parsed<T>(text: &str) -> Result<T, Problem>
where
    T: FromStr<Err: Display>,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// An IP address and a port.
pub(crate) fn address(text: &str) -> Result<SocketAddr, Problem> {
    text.parse().map_err(|_| {
        format!("{text:?} is not an IP address and a port; give them as in 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080")
    })
}

/// A UUID.
pub(crate) fn uuid(text: &str) -> Result<Uuid, Problem> {
    text.parse()
        .map_err(|_| format!("{text:?} is not a UUID; give one such as 47d488d2-f662-46c2-8183-8fce2aefa6aa"))
}

/// `text` or `json`.
pub(crate) fn log_format(text: &str) -> Result<LogFormat, Problem> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("{text:?} is not a log format; give text or json")),
    }
}

/// `true` or `false`.
pub(crate) fn switch(text: &str) -> Result<bool, Problem> {
    text.parse().map_err(|_| format!("{text:?} is neither true nor false"))
}

/// A whole number within `range`.
pub(crate) fn number(text: &str, range: RangeInclusive<u64>) -> Result<u64, Problem> {
    let wanted = format!("give {} to {}", range.start(), range.end());
    match digits(text) {
        Some(number) if range.contains(&number) => Ok(number),
        Some(_) => Err(format!("{text:?} is out of range; {wanted}")),
        None => Err(format!("{text:?} is not a whole number; {wanted}")),
    }
}

/// Bytes within `range`: a whole number with or without `KiB` or `MiB`.
pub(crate) fn size(text: &str, range: RangeInclusive<u64>) -> Result<u64, Problem> {
    let wanted = format!(
        "give {} to {}, in bytes, KiB or MiB, such as 64KiB",
        bytes(*range.start()),
        bytes(*range.end())
    );
    let (number, unit) = split_unit(text);
    let unit = match unit {
        "" => Some(1),
        "KiB" => Some(1024),
        "MiB" => Some(1024 * 1024),
        _ => None,
    };
    let Some((number, unit)) = digits(number).zip(unit) else {
        return Err(format!("{text:?} is not a size; {wanted}"));
    };
    match number.checked_mul(unit) {
        Some(size) if range.contains(&size) => Ok(size),
        _ => Err(format!("{text:?} is out of range; {wanted}")),
    }
}

/// A time within `range`: a whole number with `ms`, `s`, `m` or `h`.
pub(crate) fn duration(text: &str, range: RangeInclusive<Duration>) -> Result<Duration, Problem> {
    let wanted = format!(
        "give {} to {}, as a number with ms, s, m or h, such as 30s",
        time(*range.start()),
        time(*range.end())
    );
    let (number, unit) = split_unit(text);
    let unit = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60 * 1000),
        "h" => Some(60 * 60 * 1000),
        "" if digits(number).is_some() => return Err(format!("{text:?} has no unit; {wanted}")),
        _ => None,
    };
    let Some((number, unit)) = digits(number).zip(unit) else {
        return Err(format!("{text:?} is not a time; {wanted}"));
    };
    match number.checked_mul(unit).map(Duration::from_millis) {
        Some(time) if range.contains(&time) => Ok(time),
        _ => Err(format!("{text:?} is out of range; {wanted}")),
    }
}

/// A number of digits only: no sign, no spaces. A number too big to hold is the biggest there is.
fn digits(text: &str) -> Option<u64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().unwrap_or(u64::MAX))
}

fn split_unit(text: &str) -> (&str, &str) {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

fn bytes(size: u64) -> String {
    match size {
        0 => "0".to_owned(),
        size if size.is_multiple_of(1024 * 1024) => format!("{}MiB", size / 1024 / 1024),
        size if size.is_multiple_of(1024) => format!("{}KiB", size / 1024),
        size => size.to_string(),
    }
}

fn time(time: Duration) -> String {
    match time.as_millis() {
        0 => "0s".to_owned(),
        ms if ms.is_multiple_of(3_600_000) => format!("{}h", ms / 3_600_000),
        ms if ms.is_multiple_of(60_000) => format!("{}m", ms / 60_000),
        ms if ms.is_multiple_of(1000) => format!("{}s", ms / 1000),
        ms => format!("{ms}ms"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(3600);

    #[test]
    fn good_values() {
        assert_eq!(duration("230s", HOUR), Ok(Duration::from_secs(230)));
        assert_eq!(duration("1ms", HOUR), Ok(Duration::from_millis(1)));
        assert_eq!(duration("60m", HOUR), Ok(Duration::from_secs(3600)));
        assert_eq!(duration("1h", HOUR), Ok(Duration::from_secs(3600)));
        assert_eq!(size("64KiB", 0..=1 << 20), Ok(65536));
        assert_eq!(size("1MiB", 0..=1 << 20), Ok(1 << 20));
        assert_eq!(size("240", 0..=1 << 20), Ok(240));
        assert_eq!(number("007", 1..=10), Ok(7));
        assert_eq!(address("[::1]:0"), Ok(SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0))));
        assert_eq!(log_format("json"), Ok(LogFormat::Json));
    }

    #[test]
    fn bad_values() {
        let time = "give 1ms to 1h, as a number with ms, s, m or h, such as 30s";
        for (text, problem) in [
            ("30", "has no unit"),
            ("", "is not a time"),
            ("s", "is not a time"),
            ("-1s", "is not a time"),
            ("1.5s", "is not a time"),
            ("30 s", "is not a time"),
            ("1h30m", "is not a time"),
            ("5d", "is not a time"),
            ("0s", "is out of range"),
            ("61m", "is out of range"),
            ("99999999999999999999999s", "is out of range"),
        ] {
            assert_eq!(duration(text, HOUR), Err(format!("{text:?} {problem}; {time}")));
        }
        let bytes = "give 8KiB to 16MiB, in bytes, KiB or MiB, such as 64KiB";
        for (text, problem) in [
            ("64k", "is not a size"),
            ("64KB", "is not a size"),
            ("KiB", "is not a size"),
            ("-1", "is not a size"),
            ("8191", "is out of range"),
            ("17MiB", "is out of range"),
            ("99999999999999999999MiB", "is out of range"),
        ] {
            assert_eq!(size(text, 8192..=16 << 20), Err(format!("{text:?} {problem}; {bytes}")));
        }
        assert_eq!(number("1e3", 1..=9), Err("\"1e3\" is not a whole number; give 1 to 9".to_owned()));
        assert_eq!(number("10", 1..=9), Err("\"10\" is out of range; give 1 to 9".to_owned()));
        assert!(
            address("localhost:8080").unwrap_err().starts_with("\"localhost:8080\" is not an IP address")
        );
        assert_eq!(switch("yes"), Err("\"yes\" is neither true nor false".to_owned()));
        assert!(uuid("1").unwrap_err().contains("is not a UUID"));
        assert!(log_format("xml").unwrap_err().contains("give text or json"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ms in 1..86_400_000u64, kib in 1..100_000u64) {
            let range = Duration::ZERO..=Duration::from_secs(86_400);
            let written = time(Duration::from_millis(ms));
            prop_assert_eq!(duration(&written, range), Ok(Duration::from_millis(ms)));
            prop_assert_eq!(size(&bytes(kib * 1024), 0..=u64::MAX), Ok(kib * 1024));
        }

        #[test]
        fn any_text_gives_a_value_in_range_or_one_line(text in "\\PC{0,12}|[0-9]{0,22}(ms|s|m|h|KiB|MiB)?") {
            for problem in [
                duration(&text, HOUR).map(|time| assert!(HOUR.contains(&time))).err(),
                size(&text, 1..=100).map(|size| assert!((1..=100).contains(&size))).err(),
                number(&text, 1..=100).map(|number| assert!((1..=100).contains(&number))).err(),
            ].into_iter().flatten() {
                prop_assert!(problem.starts_with(&format!("{:?}", text)) && !problem.contains('\n'), "{}", problem);
            }
        }
    }
}
