use std::collections::BTreeSet;

use clap::CommandFactory;

use super::*;
use crate::options::ROWS;

/// The long names of a subcommand's flags, with the dashes.
fn flags(subcommand: &str) -> BTreeSet<String> {
    let cli = Cli::command();
    let command = cli.find_subcommand(subcommand).unwrap();
    command.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}")).collect()
}

fn long_help(subcommand: &str) -> String {
    let mut cli = Cli::command().term_width(100);
    cli.build();
    cli.find_subcommand_mut(subcommand).unwrap().render_long_help().to_string()
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn every_option_of_the_table_is_a_flag_and_every_flag_is_known() {
    let mut known: BTreeSet<_> = ROWS.iter().filter_map(|row| row.flag).map(str::to_owned).collect();
    for lists in ["--env", "--app-setting", "--connection-string", "--config", "--no-compression"] {
        known.insert(lists.to_owned());
    }
    assert_eq!(flags("serve"), known);
    assert!(flags("run").is_subset(&known));
}

/// In the file an option is called as its flag is, so that who knows one knows the other.
#[test]
fn names_in_the_file_are_those_of_the_flags() {
    for row in ROWS {
        if let Some(flag) = row.flag {
            assert_eq!(flag.trim_start_matches('-').replace('-', "_"), row.name);
        }
    }
}

#[test]
fn help_fits_in_the_width_and_names_every_default() {
    for subcommand in ["serve", "run"] {
        let help = long_help(subcommand);
        let too_wide: Vec<_> = help.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(too_wide.is_empty(), "{too_wide:#?}");
        let without_default = [
            "--env",
            "--app-setting",
            "--connection-string",
            "--tls-cert",
            "--tls-key",
            "--compression",
            "--no-compression",
        ];
        for flag in flags(subcommand).iter().filter(|flag| !without_default.contains(&flag.as_str())) {
            let at = help.find(&format!("{flag} <")).unwrap_or_else(|| panic!("{flag} is not in the help"));
            let text = help.split_at(at).1;
            let text = text.split("\n\n").take(2).collect::<Vec<_>>().join(" ");
            assert!(text.contains("[default: "), "{flag}: {text}");
        }
    }
}

#[test]
fn arguments_of_a_command_come_after_two_dashes() {
    let cli = Cli::try_parse_from(["wasm-appsvc", "run", "a.wasm", "--plan", "F1", "--", "--plan", "-x", ""])
        .unwrap();
    let Command::Run(run) = cli.command else { panic!("another command") };
    assert_eq!(run.args, ["--plan", "-x", ""]);
    assert_eq!(run.app.plan.as_deref(), Some("F1"));
    assert!(Cli::try_parse_from(["wasm-appsvc", "run", "a.wasm", "x"]).is_err());
    assert!(Cli::try_parse_from(["wasm-appsvc", "run", "a.wasm", "--addr", "127.0.0.1:1"]).is_err());
}

#[test]
fn the_later_of_two_opposite_flags_wins() {
    for (flags, wanted) in [
        (&["--no-compression"][..], Some("false")),
        (&["--compression"], Some("true")),
        (&["--no-compression", "--compression"], Some("true")),
        (&["--compression", "--no-compression"], Some("false")),
        (&[], None),
    ] {
        let cli = Cli::try_parse_from(["wasm-appsvc", "serve", "a.wasm"].iter().chain(flags)).unwrap();
        let Command::Serve(serve) = cli.command else { panic!("another command") };
        let layer = serve.serve.layer();
        let given =
            layer.values.get(&crate::options::Opt::Compression).map(|given| given.text().into_owned());
        assert_eq!(given.as_deref(), wanted, "{flags:?}");
    }
}
