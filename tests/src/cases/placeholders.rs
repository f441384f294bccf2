//! `${...}` in the texts of a case: what is known only when it runs, or too long to write.

use anyhow::Context as _;

/// The values of the placeholders.
#[derive(Debug, Clone, Default)]
pub struct Placeholders(Vec<(&'static str, String)>);

impl Placeholders {
    /// Sets `${name}`.
    pub fn set(&mut self, name: &'static str, value: impl ToString) {
        self.0.push((name, value.to_string()));
    }

    /// `text` with every placeholder replaced.
    ///
    /// # Errors
    /// There is no such placeholder.
    pub fn expand(&self, text: &str) -> anyhow::Result<String> {
        self.expand_with(text, |value| value)
    }

    /// A regular expression with every placeholder replaced by one that matches just its value.
    ///
    /// # Errors
    /// There is no such placeholder.
    pub fn expand_pattern(&self, pattern: &str) -> anyhow::Result<String> {
        self.expand_with(pattern, |value| regex::escape(&value))
    }

    fn expand_with(&self, text: &str, write: impl Fn(String) -> String) -> anyhow::Result<String> {
        let mut parts = text.split("${");
        let mut expanded = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) =
                part.split_once('}').with_context(|| format!("{text:?} has a ${{ without a }}"))?;
            let value = self.value(name).with_context(|| format!("${{{name}}} is no placeholder"))?;
            expanded.push_str(&write(value));
            expanded.push_str(rest);
        }
        Ok(expanded)
    }

    fn value(&self, name: &str) -> Option<String> {
        // `repeat:TEXT:COUNT`
        if let Some((text, count)) = name.strip_prefix("repeat:").and_then(|rest| rest.rsplit_once(':')) {
            return Some(text.repeat(count.parse().ok()?));
        }
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_unknown_ones_refused() {
        let mut values = Placeholders::default();
        values.set("client-ip", "127.0.0.1");
        assert_eq!(values.expand("a ${client-ip}:${repeat:xy:2}$").unwrap(), "a 127.0.0.1:xyxy$");
        assert_eq!(values.expand_pattern("^${client-ip}:[0-9]+$").unwrap(), r"^127\.0\.0\.1:[0-9]+$");
        assert_eq!(values.expand("${nobody}").unwrap_err().to_string(), "${nobody} is no placeholder");
        assert!(values.expand("${").is_err() && values.expand("${repeat:x:y}").is_err());
    }
}
