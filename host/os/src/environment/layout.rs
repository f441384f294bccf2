//! Where a guest finds the places that it may write to.

/// The guest's paths of `%HOME%` and of the local disk.
///
/// What these variables are for is that a guest opens `$HOME/x` or `$TMP/x`; so they must be paths that the
/// guest can open. Without drives that is one folder, [`DriveLayout::default`]: `/home`, with the local disk
/// in the hidden folder `/home/.appsvc-local` below it. With the C: drive it is `C:\home` and `C:\local`
/// (FS-05, FS-07). Variables that nobody opens (`SystemRoot`, `ProgramFiles` ...) have Windows' form in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DriveLayout {
    home: &'static str,
    local: &'static str,
    separator: char,
}

impl DriveLayout {
    /// The folder of the local disk below `%HOME%` in a guest that can open `/home` only. The name is one
    /// that no app chooses: what is in it does not outlive a restart (FS-24).
    pub const LOCAL_IN_HOME: &'static str = ".appsvc-local";

    /// One folder, `/home`.
    pub const HOME_ONLY: Self = Self { home: "/home", local: "/home/.appsvc-local", separator: '/' };

    /// The C: drive.
    pub const C_DRIVE: Self = Self { home: r"C:\home", local: r"C:\local", separator: '\\' };

    /// The folders of the local disk (FS-10): `TMP` and `TEMP`, `APPDATA`, `LOCALAPPDATA`, `ProgramData`,
    /// `USERPROFILE`. Whoever makes the local disk makes these.
    pub const LOCAL_FOLDERS: [&'static str; 5] =
        ["Temp", "AppData", "LocalAppData", "ProgramData", "UserProfile"];

    /// The value of `HOME`.
    pub fn home(&self) -> &'static str {
        self.home
    }

    /// The root of the local disk.
    pub fn local(&self) -> &'static str {
        self.local
    }

    /// A folder of the local disk.
    pub(super) fn local_folder(&self, name: &str) -> String {
        format!("{}{}{name}", self.local, self.separator)
    }
}

impl Default for DriveLayout {
    fn default() -> Self {
        Self::HOME_ONLY
    }
}
