//! The request target: path and query.

/// A request target such as `/stream?chunks=3&ms=10`.
pub struct Target {
    path: String,
    query: Vec<(String, String)>,
}

impl Target {
    /// Takes a target apart and undoes percent-encoding. Anything is accepted; nonsense stays as it is.
    pub fn parse(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        };
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect();
        Self { path: decode(path), query }
    }

    /// The path, decoded.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What follows `prefix` in the path, as in `/status/404`.
    pub fn after(&self, prefix: &str) -> Option<&str> {
        self.path.strip_prefix(prefix)
    }

    /// The first parameter of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first parameter of that name as a number, or `default` where it is missing or no number.
    pub fn number(&self, name: &str, default: u64) -> u64 {
        self.text(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(nibble(*high) << 4 | nibble(*low));
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The value of one hexadecimal digit.
fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_comes_apart() {
        let target = Target::parse("/status/40%34?a=1&b=x%20y+z&c&a=2&d=%zz");
        assert_eq!(target.path(), "/status/404");
        assert_eq!(target.after("/status/"), Some("404"));
        assert_eq!(target.number("a", 7), 1);
        assert_eq!(target.text("b"), Some("x y z"));
        assert_eq!(target.text("c"), Some(""));
        assert_eq!(target.number("c", 7), 7);
        assert_eq!(target.text("d"), Some("%zz"));
        assert_eq!(target.text("e"), None);
    }
}
