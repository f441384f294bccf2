//! Variables that an operator sets.

use super::VariableError;
use super::name::check;
use super::variables::Variables;

/// App settings or plain variables: checked when set, so that whatever is here can be shown to an app.
///
/// ```
/// use appsvc_os::environment::Settings;
/// let mut settings = Settings::default();
/// settings.set("Color", "red").unwrap();
/// settings.set("COLOR", "blue").unwrap(); // the same variable (ENV-07)
/// assert_eq!(settings.iter().collect::<Vec<_>>(), [("COLOR", "blue")]);
/// assert!(settings.set("website_site_name", "other").is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(Variables);

impl Settings {
    /// Sets a variable, in place of one of the same name in any case (ENV-07).
    ///
    /// # Errors
    /// [`VariableError`], when the name or value is none or the name is read-only.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), VariableError> {
        check(name, value)?;
        self.0.set(name, value);
        Ok(())
    }

    /// The value of a variable, looked up without regard to case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// Names and values, sorted by name without regard to case.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter()
    }
}
