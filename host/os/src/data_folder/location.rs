//! Where apps are kept unless somebody says where.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// There is no default: neither variable holds an absolute path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no default, because neither XDG_DATA_HOME nor HOME is set to an absolute path; give --data DIR"
)]
pub struct NoDefaultLocation;

/// `$XDG_DATA_HOME/wasm-appsvc`, else `$HOME/.local/share/wasm-appsvc`, given the values of the two variables.
/// A value that is not an absolute path counts as not set, as the XDG base directory specification has it.
///
/// # Errors
/// [`NoDefaultLocation`] when neither is set.
pub fn default_location(
    xdg_data_home: Option<&OsStr>,
    home: Option<&OsStr>,
) -> Result<PathBuf, NoDefaultLocation> {
    let absolute = |value: Option<&OsStr>| value.map(PathBuf::from).filter(|path| path.is_absolute());
    let base =
        absolute(xdg_data_home).or_else(|| absolute(home).map(|home| home.join(Path::new(".local/share"))));
    base.map(|base| base.join("wasm-appsvc")).ok_or(NoDefaultLocation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_home_comes_first_then_the_home() {
        for (xdg, home, wanted) in [
            (Some("/x"), Some("/h"), Some("/x/wasm-appsvc")),
            (None, Some("/h"), Some("/h/.local/share/wasm-appsvc")),
            (Some(""), Some("/h"), Some("/h/.local/share/wasm-appsvc")),
            (Some("relative"), Some("/h"), Some("/h/.local/share/wasm-appsvc")),
            (Some("/x"), None, Some("/x/wasm-appsvc")),
            (None, Some(""), None),
            (None, None, None),
        ] {
            let found = default_location(xdg.map(OsStr::new), home.map(OsStr::new)).ok();
            assert_eq!(found, wanted.map(PathBuf::from), "{xdg:?} {home:?}");
        }
    }
}
