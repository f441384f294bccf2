use proptest::prelude::*;

use super::*;
use crate::options::Opt;

fn read(text: &str) -> Result<Layer, String> {
    parse(Path::new("/apps/app.toml"), text).map_err(|error| error.to_string())
}

#[test]
fn every_key_is_read_with_its_line() {
    for row in ROWS {
        let (value, wanted) = match row.kind {
            Kind::Text => ("\"x\"", "x"),
            Kind::Path => ("\"x/y\"", "/apps/x/y"),
            Kind::Number => ("12", "12"),
            Kind::Size => ("0x1_0", "16"),
            Kind::Switch => ("true", "true"),
        };
        let table = if row.section.is_empty() { String::new() } else { format!("[{}]", row.section) };
        let layer = read(&format!("# a comment\n{table}\n{} = {value}\n", row.name)).unwrap();
        assert_eq!(layer.values.len(), 1);
        let given = &layer.values[&row.key];
        assert_eq!(given.text(), wanted, "{}", row.name);
        assert_eq!(given.at.to_string(), format!("/apps/app.toml:3: {}", path(row.section, row.name)));
    }
}

#[test]
fn dotted_keys_inline_tables_and_absolute_paths_work() {
    let layer = read("limits.grace = '5s'\nhttp = { max_url = \"1KiB\" }\ndata = '/srv'\n").unwrap();
    assert_eq!(layer.values[&Opt::Grace].text(), "5s");
    assert_eq!(layer.values[&Opt::MaxUrl].text(), "1KiB");
    assert_eq!(layer.values[&Opt::Data].text(), "/srv");
}

#[test]
fn variables_keep_the_order_of_the_file() {
    let layer = read(
        "[app_settings]\nZ = '1'\na = '2'\nz = '3'\n\"Logging:Level\" = ''\n[env]\nB = '4'\n\
         [connection_strings]\ndb = { type = 'SQLAzure', value = 'Server=x' }\n",
    )
    .unwrap();
    let names: Vec<_> =
        layer.app_settings.iter().map(|variable| (&*variable.name, &*variable.value)).collect();
    assert_eq!(names, [("Z", "1"), ("a", "2"), ("z", "3"), ("Logging:Level", "")]);
    assert_eq!(layer.env[0].at.to_string(), "/apps/app.toml:7: env.B");
    let db = &layer.connection_strings[0];
    assert_eq!((&*db.name, &*db.kind, &*db.value), ("db", "SQLAzure", "Server=x"));
}

#[test]
fn every_mistake_of_form_is_one_clear_message() {
    let keys = "keys of [limits] are time_limit, background_limit, grace";
    for (text, wanted) in [
        ("plan = 'B1'\nplan = 'B2'\n", "2: duplicate key"),
        ("plan = B1\n", "1: string values must be quoted, expected literal string"),
        ("\n\n[limits\n", "3: unclosed table, expected `]`"),
        ("plan = 3\n", "1: plan: 3 is a number; give a string"),
        ("plan = true\n", "1: plan: true is a truth value; give a string"),
        ("plan = ['B1']\n", "1: plan: this is an array; give a string"),
        ("threads = '4'\n", "1: threads: this is a string; give a whole number without quotes"),
        (
            "threads = 1.5\n",
            "1: threads: 1.5 is a number with a fraction; give a whole number without quotes",
        ),
        (
            "http.max_url = false\n",
            "1: http.max_url: false is a truth value; give a whole number, or a string such as \"64KiB\"",
        ),
        ("[headers]\niis = 'yes'\n", "2: headers.iis: this is a string; give true or false without quotes"),
        ("http = 3\n", "1: http: 3 is a number; give a table, [http]"),
        ("env = 'A=1'\n", "1: env: this is a string; give a table, [env]"),
        ("[env]\nPORT = 8080\n", "2: env.PORT: 8080 is a number; give a string, in quotes"),
        ("[app_settings]\nA.B = 'x'\n", "2: app_settings.A: this is a table; give a string, in quotes"),
        ("data = ''\n", "1: data: \"\" is not a path; give one, or leave it out"),
        ("data = 2026-11-21\n", "1: data: 2026-11-21 is a time; give a string"),
        (
            "[limits]\ntime_limt = '1s'\n",
            &format!("2: limits.time_limt: unknown key; the nearest is limits.time_limit; {keys}"),
        ),
        (
            "[limits]\nmax_url = 1\n",
            &format!("2: limits.max_url: unknown key; the nearest is http.max_url; {keys}"),
        ),
        ("[limits]\nxyzzy = 1\n", &format!("2: limits.xyzzy: unknown key; {keys}")),
        (
            "time_limit = '1s'\n",
            "1: time_limit: unknown key; the nearest is limits.time_limit; keys of the file are name, plan, ",
        ),
        ("plam = 'B1'\n", "1: plam: unknown key; the nearest is plan; keys of the file are "),
        ("\n[limit]\ngrace = '1s'\n", "2: limit: unknown key; the nearest is limits; keys of the file are "),
        ("\"\" = 1\n", "1: unknown key; keys of the file are "),
        (
            "[connection_strings]\ndb = 'Server=x'\n",
            "2: connection_strings.db: this is a string; give { type = \"SQLAzure\", value = \"...\" }",
        ),
        (
            "[connection_strings.db]\ntype = 'Custom'\n",
            "1: connection_strings.db: the type or the value is missing; give { type = \"SQLAzure\", value = \"...\" }",
        ),
        (
            "[connection_strings]\ndb = { typ = 'Custom', value = 'x' }\n",
            "2: connection_strings.db.typ: unknown key; give { type = \"SQLAzure\", value = \"...\" }",
        ),
        (
            "[connection_strings]\ndb = { type = 'Custom', value = 1 }\n",
            "2: connection_strings.db.value: 1 is a number; give a string, in quotes",
        ),
    ] {
        let error = read(text).err().unwrap();
        assert!(
            error.starts_with(&format!("/apps/app.toml:{wanted}")),
            "{text:?}\n  is     {error}\n  wanted {wanted}"
        );
        assert!(!error.contains('\n'), "{error:?}");
    }
}

#[test]
fn numbers_beyond_64_bits_are_passed_on_as_they_stand() {
    let layer = read("threads = 99999999999999999999999\n").unwrap();
    assert_eq!(layer.values[&Opt::Threads].text(), "99999999999999999999999");
}

proptest! {
    /// Whatever is in the file: a layer or one line that begins with the file's name.
    #[test]
    fn any_text_gives_a_layer_or_one_line(
        text in "((\\[?(env|limits|http|plan|connection_strings|x)\\]?)?( = |\\.)?('a'|1|true|\\{\\}|\\[\\]|\\PC{0,4})?\n?){0,8}"
    ) {
        if let Err(error) = read(&text) {
            prop_assert!(error.starts_with("/apps/app.toml:") && !error.contains('\n'), "{}", error);
        }
    }
}
