use std::sync::LazyLock;

use appsvc_os::app::Reuse;
use clap::Parser;
use proptest::prelude::*;

use std::path::Path;

use super::*;

static HOST: LazyLock<Host> = LazyLock::new(|| Host {
    xdg_data_home: None,
    home: Some("/home/op".into()),
    processors: NonZeroUsize::new(3).unwrap(),
});

/// Resolves a command line for a component in a folder with this `app.toml`.
fn resolve_in(toml: Option<&str>, command: &str, args: &[&str]) -> Result<(Spec, PathBuf), String> {
    let folder = tempfile::tempdir().unwrap();
    if let Some(toml) = toml {
        fs::write(folder.path().join("app.toml"), toml).unwrap();
    }
    let component = folder.path().join("my_shop.wasm");
    let line = ["wasm-appsvc", command, component.to_str().unwrap()];
    let cli = Cli::try_parse_from(line.iter().chain(args)).map_err(|error| error.to_string())?;
    let place = format!("{}/", folder.path().display());
    let spec = cli.resolve(&HOST).map_err(|error| error.to_string().replace(&place, ""))?;
    Ok((spec, folder.path().to_owned()))
}

fn serve(toml: Option<&str>, args: &[&str]) -> Result<ServeSpec, String> {
    match resolve_in(toml, "serve", args)? {
        (Spec::Serve(spec), _) => Ok(*spec),
        (other, _) => panic!("{other:?}"),
    }
}

#[test]
fn without_anything_said_all_is_at_its_default() {
    let (spec, folder) = resolve_in(None, "serve", &[]).unwrap();
    let app = AppSpec::new(
        Identity::local(AppName::new("my-shop").unwrap()),
        folder.join("my_shop.wasm"),
        "/home/op/.local/share/wasm-appsvc".into(),
    );
    let wanted = ServeSpec {
        app,
        listen: "127.0.0.1:8080".parse().unwrap(),
        tls: None,
        http: HttpLimits {
            max_header_bytes: 65_536,
            max_headers: 100,
            max_url: 16_384,
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(120),
            min_body_rate: 240,
            max_connections: 10_000,
        },
        log_format: LogFormat::Text,
        grace: Duration::from_secs(30),
        threads: NonZeroUsize::new(3).unwrap(),
    };
    assert_eq!(spec, Spec::Serve(Box::new(wanted)));
}

/// The same said in flags and in the file, each far from the defaults.
const FLAGS: &[&str] = &[
    "--name=Shop",
    "--plan=p1V3",
    "--host-name=Shop.Example.com",
    "--data=/srv/apps",
    "--addr=[::1]:0",
    "--tls-cert=/c.pem",
    "--tls-key=/k.pem",
    "--reuse=never",
    "--threads=7",
    "--log-format=json",
    "--time-limit=5m",
    "--background-limit=1h",
    "--grace=0s",
    "--no-compression",
    "--max-header-bytes=32KiB",
    "--max-headers=50",
    "--max-url=8000",
    "--head-timeout=250ms",
    "--idle-timeout=10s",
    "--min-body-rate=0",
    "--max-connections=5",
    "--env=PORT=1",
    "--app-setting=Color=red=ish",
    "--connection-string=db:1:sqlazure=Server=x;Password=y",
];
const FILE: &str = "
name = 'Shop'
plan = 'P1v3'
host_name = 'shop.example.com'
data = '/srv/apps'
addr = '[::1]:0'
tls_cert = '/c.pem'
tls_key = '/k.pem'
reuse = 'never'
threads = 7
log_format = 'json'
[limits]
time_limit = '300s'
background_limit = '60m'
grace = '0ms'
[http]
compression = false
max_header_bytes = 32768
max_headers = 50
max_url = 8_000
head_timeout = '250ms'
idle_timeout = '10s'
min_body_rate = 0
max_connections = 5
[env]
PORT = '1'
[app_settings]
Color = 'red=ish'
[connection_strings]
'db:1' = { type = 'SQLAzure', value = 'Server=x;Password=y' }
";

#[test]
fn flags_and_file_say_the_same() {
    let (mut flags, mut file) = (serve(None, FLAGS).unwrap(), serve(Some(FILE), &[]).unwrap());
    (flags.app.component, file.app.component) = (PathBuf::new(), PathBuf::new());
    assert_eq!(flags, file);

    let app = &flags.app;
    assert_eq!(app.identity.name.as_str(), "Shop");
    assert_eq!(app.identity.host_name.as_str(), "shop.example.com");
    assert_eq!(app.tier.name(), "P1v3");
    assert_eq!(app.data, Path::new("/srv/apps"));
    assert_eq!((app.reuse, app.compression), (Reuse::Never, false));
    assert_eq!(app.time_limit.get(), Duration::from_secs(300));
    assert_eq!(app.background_limit.get(), Duration::from_secs(3600));
    assert_eq!(app.variables.plain.get("PORT"), Some("1"));
    assert_eq!(app.variables.app_settings.get("color"), Some("red=ish"));
    let strings: Vec<_> = app
        .variables
        .connection_strings
        .iter()
        .map(|(name, kind, value)| (name, kind.name(), value))
        .collect();
    assert_eq!(strings, [("db:1", "SQLAzure", "Server=x;Password=y")]);
    assert_eq!(flags.listen, "[::1]:0".parse().unwrap());
    assert_eq!(flags.tls, Some(TlsFiles { cert: "/c.pem".into(), key: "/k.pem".into() }));
    assert_eq!((flags.threads.get(), flags.log_format, flags.grace), (7, LogFormat::Json, Duration::ZERO));
    let http = HttpLimits {
        max_header_bytes: 32_768,
        max_headers: 50,
        max_url: 8000,
        head_timeout: Duration::from_millis(250),
        idle_timeout: Duration::from_secs(10),
        min_body_rate: 0,
        max_connections: 5,
    };
    assert_eq!(flags.http, http);
}

#[test]
fn what_only_the_file_has() {
    let id = "47d488d2-f662-46c2-8183-8fce2aefa6aa";
    let file = format!(
        "region = 'West Europe'\nresource_group = 'Shops'\nsubscription = '{id}'\n[headers]\niis = true\n"
    );
    let app = serve(Some(&file), &[]).unwrap().app;
    assert_eq!(app.identity.owner(), format!("{id}+Shops-WestEuropewebspace"));
    assert!(app.iis_headers);
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let file = "plan = 'F1'\n[limits]\ngrace = '5s'\n[http]\ncompression = false\n[env]\nA = 'file'\nB = 'file'\n\
                [app_settings]\nS = 'file'\n[connection_strings]\ndb = { type = 'MySql', value = 'file' }\n";
    let flags = [
        "--plan",
        "S1",
        "--compression",
        "--env",
        "a=flag",
        "--env",
        "C=1",
        "--env",
        "c=2",
        "--connection-string",
        "DB:Custom=flag",
    ];
    let spec = serve(Some(file), &flags).unwrap();
    assert_eq!(spec.app.tier.name(), "S1");
    assert_eq!(spec.grace, Duration::from_secs(5));
    assert!(spec.app.compression);
    let variables = &spec.app.variables;
    assert_eq!(variables.plain.iter().collect::<Vec<_>>(), [("a", "flag"), ("B", "file"), ("c", "2")]);
    assert_eq!(variables.app_settings.get("S"), Some("file"));
    let strings: Vec<_> =
        variables.connection_strings.iter().map(|(name, kind, value)| (name, kind.name(), value)).collect();
    assert_eq!(strings, [("DB", "Custom", "flag")]);
}

/// A mistake that a flag replaces is no mistake any more; one that it does not replace is.
#[test]
fn a_value_of_the_file_that_a_flag_replaces_is_not_looked_at() {
    assert_eq!(serve(Some("plan = 'B9'\n"), &["--plan=B2"]).unwrap().app.tier.name(), "B2");
    assert!(serve(Some("plan = 'B9'\n"), &["--grace=1s"]).is_err());
}

#[test]
fn paths_of_the_file_are_taken_from_its_folder_and_those_of_flags_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("other.toml");
    fs::write(&config, "data = 'd'\ntls_cert = 'c.pem'\n").unwrap();
    let spec =
        serve(Some("plan = 'F1'\n"), &["--config", config.to_str().unwrap(), "--tls-key=k.pem"]).unwrap();
    assert_eq!(spec.app.data, folder.path().join("d"));
    assert_eq!(spec.tls, Some(TlsFiles { cert: folder.path().join("c.pem"), key: "k.pem".into() }));
    // The file beside the component is not read when another is named.
    assert_eq!(spec.app.tier.name(), "B1");
}

#[test]
fn a_file_beside_the_component_may_be_missing_and_a_named_one_may_not() {
    serve(None, &[]).unwrap();
    let error = serve(None, &["--config", "/nowhere/app.toml"]).unwrap_err();
    assert_eq!(error, "/nowhere/app.toml: cannot read the file: No such file or directory (os error 2)");
    let cli = Cli::try_parse_from(["wasm-appsvc", "serve", "no-folder/a.wasm"]).unwrap();
    cli.resolve(&HOST).unwrap();
}

#[test]
fn a_small_head_makes_the_url_small_too() {
    let spec = serve(None, &["--max-header-bytes", "8KiB"]).unwrap();
    assert_eq!(spec.http.max_url, 8192);
}

#[test]
fn without_a_home_the_folder_must_be_given() {
    let nobody = Host { xdg_data_home: None, home: None, ..HOST.clone() };
    let error =
        Cli::try_parse_from(["wasm-appsvc", "serve", "a.wasm"]).unwrap().resolve(&nobody).unwrap_err();
    assert!(
        error.to_string().starts_with("--data: there is no default, because neither XDG_DATA_HOME nor HOME")
    );
    Cli::try_parse_from(["wasm-appsvc", "serve", "a.wasm", "--data=d"]).unwrap().resolve(&nobody).unwrap();
}

#[test]
fn run_takes_the_same_app_and_checks_the_whole_file() {
    let args = ["--env", "A=1", "--", "one", "--two"];
    let (spec, _) = resolve_in(Some("plan = 'F1'\n[http]\nmax_headers = 5\n"), "run", &args).unwrap();
    let Spec::Run(spec) = spec else { panic!("{spec:?}") };
    assert_eq!(spec.args, ["one", "--two"]);
    assert_eq!((spec.app.tier.name(), spec.app.variables.plain.get("a")), ("F1", Some("1")));
    let error = resolve_in(Some("[http]\nmax_headers = 0\n"), "run", &[]).unwrap_err();
    assert_eq!(error, "app.toml:2: http.max_headers: \"0\" is out of range; give 1 to 10000");
}

/// Every option, with a bad value in a flag and the same in the file.
#[test]
fn every_bad_value_is_one_clear_message() {
    let time = "give 1ms to 24h, as a number with ms, s, m or h, such as 30s";
    let hour = "give 1ms to 1h, as a number with ms, s, m or h, such as 30s";
    for (flag, key, value, wanted) in [
        ("--name", "name", "my_shop", "\"my_shop\" is not an app name; names have 1 to 60 characters, which are letters (a to z), digits and hyphens, and neither begin nor end with a hyphen".to_owned()),
        ("--plan", "plan", "B9", "\"B9\" is not a tier; the nearest is B1; tiers are F1, D1, B1, B2, B3, S1, S2, S3, P1, P2, P3, P1v2, P2v2, P3v2, P0v3, P1v3, P2v3, P3v3, P1mv3, P2mv3, P3mv3, P4mv3, P5mv3, I1, I2, I3, I1v2, I2v2, I3v2, I4v2, I5v2, I6v2".to_owned()),
        ("--host-name", "host_name", "http://x", "\"http://x\" is not a host name; give a name such as shop.example.com, without a scheme, a port or a path: labels of 1 to 63 letters, digits and hyphens, 253 characters at most in all".to_owned()),
        ("", "region", "", "\"\" is not a region; that is 1 to 64 characters without control characters, such as West Europe".to_owned()),
        ("", "resource_group", "a b", "\"a b\" is not a resource group; that is 1 to 90 letters, digits, hyphens, underscores, dots and parentheses, no dot at the end".to_owned()),
        ("", "subscription", "me", "\"me\" is not a UUID; give one such as 47d488d2-f662-46c2-8183-8fce2aefa6aa".to_owned()),
        ("--addr", "addr", "8080", "\"8080\" is not an IP address and a port; give them as in 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080".to_owned()),
        ("--reuse", "reuse", "nver", "\"nver\" is not a reuse mode; the nearest is never; give auto, always or never".to_owned()),
        ("--log-format", "log_format", "xml", "\"xml\" is not a log format; give text or json".to_owned()),
        ("--threads", "threads", "0", "\"0\" is out of range; give 1 to 1024".to_owned()),
        ("--time-limit", "limits.time_limit", "230", format!("\"230\" has no unit; {time}")),
        ("--background-limit", "limits.background_limit", "25h", format!("\"25h\" is out of range; {time}")),
        ("--grace", "limits.grace", "soon", "\"soon\" is not a time; give 0s to 1h, as a number with ms, s, m or h, such as 30s".to_owned()),
        ("--max-header-bytes", "http.max_header_bytes", "4KiB", "\"4KiB\" is out of range; give 8KiB to 16MiB, in bytes, KiB or MiB, such as 64KiB".to_owned()),
        ("--max-headers", "http.max_headers", "10001", "\"10001\" is out of range; give 1 to 10000".to_owned()),
        ("--max-url", "http.max_url", "65KiB", "\"65KiB\" is out of range; give 1 to 65534, in bytes, KiB or MiB, such as 64KiB".to_owned()),
        ("--head-timeout", "http.head_timeout", "0s", format!("\"0s\" is out of range; {hour}")),
        ("--idle-timeout", "http.idle_timeout", "2h", format!("\"2h\" is out of range; {hour}")),
        ("--min-body-rate", "http.min_body_rate", "fast", "\"fast\" is not a size; give 0 to 1024MiB, in bytes, KiB or MiB, such as 64KiB".to_owned()),
        ("--max-connections", "http.max_connections", "0", "\"0\" is out of range; give 1 to 1000000".to_owned()),
    ] {
        if !flag.is_empty() {
            let error = serve(None, &[flag, value]).unwrap_err();
            assert_eq!(error, format!("{flag}: {wanted}"));
        }
        let number = matches!(flag, "--threads" | "--max-headers" | "--max-connections");
        let value = if number { value.to_owned() } else { format!("'{value}'") };
        let error = serve(Some(&format!("\n{key} = {value}\n")), &[]).unwrap_err();
        assert_eq!(error, format!("app.toml:2: {key}: {wanted}"));
    }
}

#[test]
fn every_bad_variable_is_one_clear_message() {
    let connection = "give NAME:TYPE=VALUE, such as db:SQLAzure=Server=...";
    for (args, wanted) in [
        (["--env", "A"], "--env: \"A\" has no \"=\"; give NAME=VALUE".to_owned()),
        (["--env", "=x"], "--env: the name is empty; give NAME=VALUE".to_owned()),
        (["--env", "home=x"], "--env: HOME is set by the platform and is read-only; leave it out".to_owned()),
        (["--app-setting", "A"], "--app-setting: \"A\" has no \"=\"; give NAME=VALUE".to_owned()),
        (
            ["--app-setting", "WEBSITE_SKU=x"],
            "--app-setting: WEBSITE_SKU is set by the platform and is read-only; it follows from --plan".to_owned(),
        ),
        (["--connection-string", "db"], format!("--connection-string: \"db\" has no \"=\"; {connection}")),
        (
            ["--connection-string", "Server=hunter2"],
            format!("--connection-string: \"Server\" has no \":\" and type before the \"=\"; {connection}"),
        ),
        (
            ["--connection-string", "db:SQLAzur=hunter2"],
            "--connection-string: \"SQLAzur\" is not a type of connection string; the nearest is SQLAzure; types are \
             SQLServer, SQLAzure, MySql, PostgreSQL, Custom, NotificationHub, ServiceBus, EventHub, DocDb, \
             RedisCache, FileShareStorage, AzureFilesStorage, AzureBlobStorage"
                .to_owned(),
        ),
        (["--connection-string", ":Custom=x"], "--connection-string: the name is empty; give NAME=VALUE".to_owned()),
        (
            ["--tls-cert", "c.pem"],
            "--tls-cert: --tls-key is missing; give both the certificate and its key, or neither".to_owned(),
        ),
        (
            ["--tls-key", "k.pem"],
            "--tls-key: --tls-cert is missing; give both the certificate and its key, or neither".to_owned(),
        ),
    ] {
        assert_eq!(serve(None, &args).unwrap_err(), wanted);
    }
    let long = format!("--env=BIG={}", "x".repeat(32_768));
    assert_eq!(
        serve(None, &[&long]).unwrap_err(),
        "--env: the value of BIG has 32768 characters; a variable has 32,767 at most"
    );
    for (file, wanted) in [
        (
            "[env]\nHOME = 'x'\n",
            "app.toml:2: env.HOME: HOME is set by the platform and is read-only; leave it out",
        ),
        (
            "[app_settings]\n'A=B' = 'x'\n",
            "app.toml:2: app_settings.A=B: the name \"A=B\" has '=' in it, which names of variables cannot have",
        ),
        (
            "tls_cert = 'c.pem'\n",
            "app.toml:1: tls_cert: --tls-key is missing; give both the certificate and its key, or neither",
        ),
    ] {
        assert_eq!(serve(Some(file), &[]).unwrap_err(), wanted);
    }
    let error =
        serve(Some("[connection_strings]\ndb = { type = 'Sql', value = 'hunter2' }\n"), &[]).unwrap_err();
    assert!(error.starts_with("app.toml:2: connection_strings.db: \"Sql\" is not a type"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A value means the same wherever it stands, good or bad.
    #[test]
    fn flag_and_file_agree_on_any_text(text in "[0-9]{0,6}(ms|s|m|h|KiB|MiB|k)?|[A-Za-z0-9:.\\[\\]-]{0,12}") {
        for (flag, key) in [
            ("--name", "name"), ("--plan", "plan"), ("--addr", "addr"), ("--grace", "limits.grace"),
            ("--time-limit", "limits.time_limit"), ("--max-url", "http.max_url"), ("--reuse", "reuse"),
            ("--head-timeout", "http.head_timeout"), ("--host-name", "host_name"),
        ] {
            let of_flag = serve(None, &[&format!("{flag}={text}")]);
            let of_file = serve(Some(&format!("{key} = '{text}'")), &[]);
            match (of_flag, of_file) {
                (Ok(mut flag), Ok(mut file)) => {
                    (flag.app.component, file.app.component) = (PathBuf::new(), PathBuf::new());
                    prop_assert_eq!(flag, file);
                }
                (Err(of_flag), Err(of_file)) => {
                    let problem = of_flag.strip_prefix(&format!("{flag}: ")).map(str::to_owned);
                    let same = of_file.strip_prefix(&format!("app.toml:1: {key}: ")).map(str::to_owned);
                    prop_assert!(problem.is_some() && problem == same, "{} / {}", of_flag, of_file);
                }
                (of_flag, of_file) => prop_assert!(false, "{:?} / {:?}", of_flag, of_file),
            }
        }
    }
}
