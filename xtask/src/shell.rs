//! Running other programs: in the right folder, with errors that show what was run and what it said.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// Lines of output that an error message quotes.
const QUOTED: usize = 40;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The `cargo` that runs this program, or the one on the path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end and returns what it wrote to standard output. Fails, with the end of both outputs
/// in the message, if it cannot be started or does not exit with 0.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<String> {
    let line = line(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{line}`"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let said = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
        anyhow::bail!("`{line}` failed ({}). It said:\n{}", output.status, end(&said));
    }
    Ok(stdout)
}

/// Whether a program can be started at all and answers `--version` with 0.
pub(crate) fn exists(program: impl AsRef<std::ffi::OsStr>) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The command as one would type it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The last lines of a text, indented.
fn end(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let skipped = lines.len().saturating_sub(QUOTED);
    lines.iter().skip(skipped).map(|line| format!("    {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_comes_back() {
        assert_eq!(run(Command::new("echo").arg("hello")).unwrap(), "hello\n");
    }

    #[test]
    fn a_failure_tells_what_was_run_and_what_it_said() {
        let error = run(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("sh -c") && text.contains("exit status: 3"), "{text}");
        assert!(text.contains("    out\n    err\n"), "{text}");
        let error = run(&mut Command::new("/no/such/program")).unwrap_err();
        assert!(format!("{error:#}").contains("cannot start `/no/such/program`"), "{error:#}");
    }

    #[test]
    fn a_long_output_is_cut() {
        let text: String = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!(end(&text).lines().count(), QUOTED);
        assert!(end(&text).ends_with("    99\n"));
    }
}
