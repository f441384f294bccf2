use proptest::prelude::*;

use super::*;
use crate::identity::{AppName, Identity, InstanceId, Region, ResourceGroup};
use crate::plan::Tier;

const ID: &str = "1e810a8adad532c9d33a12ea65f770cc6728bf37f540cd531d76356458882176";

fn build(site: Site, tier: &str, layout: DriveLayout, user: &UserVariables) -> Environment {
    let mut identity = Identity::local(AppName::new("Shop").unwrap());
    identity.region = Region::new("West Europe").unwrap();
    identity.resource_group = ResourceGroup::new("Shops").unwrap();
    let instance = InstanceId::new(ID).unwrap();
    let tier = Tier::named(tier).unwrap();
    Environment::new(&Platform { site, identity: &identity, tier, instance: &instance, layout }, user)
}

fn app(user: &UserVariables) -> Environment {
    build(Site::Main, "B1", DriveLayout::default(), user)
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in pairs {
        settings.set(name, value).unwrap();
    }
    settings
}

/// ENV-20 to ENV-23, whole: nothing more and nothing less, so nothing of the host's own environment.
#[test]
fn the_platform_variables_of_a_basic_app() {
    let environment = app(&UserVariables::default());
    let expected = [
        ("APPDATA", "/home/.appsvc-local/AppData"),
        ("APP_POOL_ID", "Shop"),
        ("COMPUTERNAME", "RD0003FF1E810A"),
        ("ComSpec", r"C:\Windows\system32\cmd.exe"),
        ("HOME", "/home"),
        ("HOME_EXPANDED", "/home"),
        ("LOCALAPPDATA", "/home/.appsvc-local/LocalAppData"),
        ("LOCAL_EXPANDED", "/home/.appsvc-local"),
        ("NUMBER_OF_PROCESSORS", "1"),
        ("OS", "Windows_NT"),
        ("PATH", r"C:\Windows\system32;C:\Windows;C:\Windows\System32\Wbem"),
        ("PATHEXT", ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC"),
        ("PROCESSOR_ARCHITECTURE", "AMD64"),
        ("ProgramData", "/home/.appsvc-local/ProgramData"),
        ("ProgramFiles", r"C:\Program Files"),
        ("ProgramFiles(x86)", r"C:\Program Files (x86)"),
        ("REGION_NAME", "West Europe"),
        ("ResourceDrive", "C:"),
        ("SITE_BITNESS", "AMD64"),
        ("SystemDrive", "C:"),
        ("SystemRoot", r"C:\Windows"),
        ("TEMP", "/home/.appsvc-local/Temp"),
        ("TMP", "/home/.appsvc-local/Temp"),
        ("USERPROFILE", "/home/.appsvc-local/UserProfile"),
        ("WEBSITE_COMPUTE_MODE", "Dedicated"),
        ("WEBSITE_DEPLOYMENT_ID", "Shop"),
        ("WEBSITE_HOSTNAME", "shop.localhost"),
        ("WEBSITE_HTTPLOGGING_ENABLED", "0"),
        ("WEBSITE_IIS_SITE_NAME", "Shop"),
        ("WEBSITE_INSTANCE_ID", ID),
        ("WEBSITE_OWNER_NAME", "00000000-0000-0000-0000-000000000000+Shops-WestEuropewebspace"),
        ("WEBSITE_PLATFORM_VERSION", env!("CARGO_PKG_VERSION")),
        ("WEBSITE_RESOURCE_GROUP", "Shops"),
        ("WEBSITE_ROLE_INSTANCE_ID", "0"),
        ("WEBSITE_SCM_ALWAYS_ON_ENABLED", "1"),
        ("WEBSITE_SCM_SEPARATE_STATUS", "1"),
        ("WEBSITE_SITE_NAME", "Shop"),
        ("WEBSITE_SKU", "Basic"),
        ("WEBSITE_SLOT_NAME", "Production"),
        ("WEBSITE_VOLUME_TYPE", "PrimaryStorageVolume"),
        ("WEBSOCKET_CONCURRENT_REQUEST_LIMIT", "350"),
        ("windir", r"C:\Windows"),
    ];
    assert_eq!(environment.iter().collect::<Vec<_>>(), expected);
    assert_eq!((environment.len(), environment.is_empty()), (expected.len(), false));
    // ENV-20q: settable, so absent until set.
    assert_eq!(environment.get("WEBSITE_TIME_ZONE"), None);
}

#[test]
fn the_tier_shows_in_the_environment() {
    for (tier, sku, mode, bits, cores, sockets, always_on) in [
        ("F1", "Free", "Shared", "x86", "1", "5", "0"),
        ("D1", "Shared", "Shared", "x86", "1", "35", "0"),
        ("S2", "Standard", "Dedicated", "AMD64", "2", "-1", "1"),
        ("P5mv3", "PremiumMV3", "Dedicated", "AMD64", "32", "-1", "1"),
    ] {
        let environment = build(Site::Main, tier, DriveLayout::default(), &UserVariables::default());
        for (name, value) in [
            ("WEBSITE_SKU", sku),
            ("WEBSITE_COMPUTE_MODE", mode),
            ("SITE_BITNESS", bits),
            ("PROCESSOR_ARCHITECTURE", bits),
            ("NUMBER_OF_PROCESSORS", cores),
            ("WEBSOCKET_CONCURRENT_REQUEST_LIMIT", sockets),
            ("WEBSITE_SCM_ALWAYS_ON_ENABLED", always_on),
        ] {
            assert_eq!(environment.get(name), Some(value), "{tier}: {name}");
        }
    }
}

/// FS-05, FS-07, FS-10.
#[test]
fn with_the_c_drive_paths_are_those_of_the_catalogue() {
    let environment = build(Site::Main, "B1", DriveLayout::C_DRIVE, &UserVariables::default());
    for (name, value) in [
        ("HOME", r"C:\home"),
        ("TMP", r"C:\local\Temp"),
        ("APPDATA", r"C:\local\AppData"),
        ("ProgramData", r"C:\local\ProgramData"),
    ] {
        assert_eq!(environment.get(name), Some(value));
    }
}

#[test]
fn every_local_folder_that_a_variable_names_is_one_that_is_made() {
    let layout = DriveLayout::default();
    assert_eq!(layout.local(), format!("{}/{}", layout.home(), DriveLayout::LOCAL_IN_HOME));
    let environment = app(&UserVariables::default());
    let named = environment.iter().filter_map(|(_, value)| value.strip_prefix("/home/.appsvc-local/"));
    let mut named: Vec<_> = named.collect();
    named.sort_unstable();
    named.dedup();
    let mut made = DriveLayout::LOCAL_FOLDERS;
    made.sort_unstable();
    assert_eq!(named, made);
}

/// ENV-01; plain variables have no copy.
#[test]
fn an_app_setting_is_seen_twice_and_a_plain_variable_once() {
    let user = UserVariables {
        app_settings: settings(&[("Color", "red")]),
        plain: settings(&[("Size", "42")]),
        ..Default::default()
    };
    let environment = app(&user);
    assert_eq!(environment.get("Color"), Some("red"));
    assert_eq!(environment.get("APPSETTING_Color"), Some("red"));
    assert_eq!(environment.get("Size"), Some("42"));
    assert_eq!(environment.get("APPSETTING_Size"), None);
}

/// ENV-02, ENV-03.
#[test]
fn a_connection_string_is_seen_under_the_prefix_of_its_type() {
    for (kind, variable) in [
        ("SQLServer", "SQLCONNSTR_db"),
        ("SQLAzure", "SQLAZURECONNSTR_db"),
        ("MySql", "MYSQLCONNSTR_db"),
        ("PostgreSQL", "POSTGRESQLCONNSTR_db"),
        ("Custom", "CUSTOMCONNSTR_db"),
        ("NotificationHub", "NOTIFICATIONHUBCONNSTR_db"),
        ("ServiceBus", "SERVICEBUSCONNSTR_db"),
        ("EventHub", "EVENTHUBCONNSTR_db"),
        ("DocDb", "DOCDBCONNSTR_db"),
        ("RedisCache", "REDISCACHECONNSTR_db"),
        ("FileShareStorage", "FILESHARESTORAGE_db"),
        ("AzureFilesStorage", "AZUREFILESSTORAGE_db"),
        ("AzureBlobStorage", "AZUREBLOBSTORAGE_db"),
    ] {
        let mut user = UserVariables::default();
        user.connection_strings.set("db", kind.to_lowercase().parse().unwrap(), "Server=x").unwrap();
        let environment = app(&user);
        assert_eq!(environment.get(variable), Some("Server=x"));
        assert_eq!(environment.len(), app(&UserVariables::default()).len() + 1, "{kind}");
    }
    let text = "SQLAzur".parse::<ConnectionType>().unwrap_err().to_string();
    assert!(text.starts_with(
        "\"SQLAzur\" is not a type of connection string; the nearest is SQLAzure; types are SQL"
    ));
}

#[test]
fn a_later_connection_string_of_the_same_name_replaces_whatever_its_type() {
    let mut user = UserVariables::default();
    user.connection_strings.set("DB", ConnectionType::MySql, "one").unwrap();
    user.connection_strings.set("db", ConnectionType::Custom, "two").unwrap();
    let environment = app(&user);
    assert_eq!(environment.get("MYSQLCONNSTR_DB"), None);
    assert_eq!(environment.get("CUSTOMCONNSTR_DB"), Some("two"));
}

/// SCM-11, ENV-04.
#[test]
fn prefixes_keep_variables_to_one_site() {
    let pairs = [("MAINSITE_A", "1"), ("SCMSITE_B", "2"), ("scmsite_C", "3"), ("D", "4")];
    let user =
        UserVariables { app_settings: settings(&pairs), plain: settings(&pairs), ..Default::default() };
    let seen = |site| {
        let environment = build(site, "B1", DriveLayout::default(), &user);
        ["MAINSITE_A", "SCMSITE_B", "SCMSITE_C", "D"].map(|name| {
            let (plain, copy) = (environment.get(name), environment.get(&format!("APPSETTING_{name}")));
            assert_eq!(plain, copy);
            plain.is_some()
        })
    };
    assert_eq!(seen(Site::Main), [true, false, false, true]);
    assert_eq!(seen(Site::Scm), [false, true, true, true]);
}

/// SCM-06.
#[test]
fn the_scm_site_is_recognised_by_its_pool() {
    let environment = build(Site::Scm, "B1", DriveLayout::default(), &UserVariables::default());
    assert_eq!(environment.get("APP_POOL_ID"), Some("~1Shop"));
    assert_eq!(environment.get("WEBSITE_SITE_NAME"), Some("Shop"));
}

/// ENV-07.
#[test]
fn names_match_without_regard_to_case_and_keep_theirs() {
    let user = UserVariables {
        app_settings: settings(&[("greeting", "one"), ("Größe", "L")]),
        plain: settings(&[("Greeting", "two")]),
        ..Default::default()
    };
    let environment = app(&user);
    for name in ["GREETING", "greeting", "gReEtInG"] {
        assert_eq!(environment.get(name), Some("two"));
    }
    assert_eq!(environment.get("GRÖßE"), Some("L"));
    let names: Vec<_> =
        environment.iter().map(|(name, _)| name).filter(|n| n.len() == 8 && n.contains("reet")).collect();
    assert_eq!(names, ["Greeting"]);
}

#[test]
fn windows_variables_can_be_overridden_and_platform_variables_cannot() {
    let user = UserVariables { app_settings: settings(&[("Path", "/bin")]), ..Default::default() };
    let environment = app(&user);
    assert_eq!((environment.get("PATH"), environment.get("APPSETTING_PATH")), (Some("/bin"), Some("/bin")));

    for (name, instead) in [
        ("website_site_name", "it follows from --name"),
        ("HOME", "leave it out"),
        ("Website_Sku", "it follows from --plan"),
        ("WEBSITE_HOSTNAME", "give --host-name"),
        ("REGION_NAME", "set region in app.toml"),
        ("WEBSITE_INSTANCE_ID", "leave it out"),
    ] {
        let error = Settings::default().set(name, "x").unwrap_err();
        let upper = name.to_uppercase();
        assert_eq!(error.to_string(), format!("{upper} is set by the platform and is read-only; {instead}"));
    }
    // ENV-20q.
    settings(&[("WEBSITE_TIME_ZONE", "W. Europe Standard Time")]);
}

/// ENV-12: characters are UTF-16 units.
#[test]
fn a_variable_has_32767_characters_at_most() {
    let mut plain = Settings::default();
    plain.set("BIG", &"x".repeat(32_767)).unwrap();
    plain.set("WIDE", &"ü".repeat(32_767)).unwrap();
    let error = plain.set("BIG", &"x".repeat(32_768)).unwrap_err();
    assert_eq!(error.to_string(), "the value of BIG has 32768 characters; a variable has 32,767 at most");
    assert!(plain.set("EMOJI", &"\u{1f600}".repeat(16_384)).is_err());
    plain.set("EMOJI", &"\u{1f600}".repeat(16_383)).unwrap();
    assert!(plain.set(&"N".repeat(32_768), "").is_err());
    let mut strings = ConnectionStrings::default();
    assert!(strings.set("db", ConnectionType::Custom, &"x".repeat(32_768)).is_err());
}

#[test]
fn what_cannot_be_a_variable_is_refused() {
    let mut plain = Settings::default();
    for (name, value, text) in [
        ("", "x", "the name is empty; give NAME=VALUE"),
        ("A=B", "x", "the name \"A=B\" has '=' in it, which names of variables cannot have"),
        ("A\nB", "x", "the name \"A\\nB\" has '\\n' in it, which names of variables cannot have"),
        ("A", "x\0", "the value of A has a zero character in it, which values of variables cannot have"),
    ] {
        assert_eq!(plain.set(name, value).unwrap_err().to_string(), text);
    }
    plain.set("Logging__LogLevel:Default", "").unwrap(); // ENV-08
    assert_eq!(plain.get("LOGGING__LOGLEVEL:DEFAULT"), Some(""));
}

#[test]
fn debug_output_shows_no_values() {
    let mut user = UserVariables { app_settings: settings(&[("KEY", "hunter2")]), ..Default::default() };
    user.plain.set("OTHER", "hunter2").unwrap();
    user.connection_strings.set("db", ConnectionType::Custom, "hunter2").unwrap();
    let text = format!("{user:?} {:?}", app(&user));
    assert!(text.contains("KEY") && text.contains("OTHER") && text.contains("db"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[a-cA-C_]{1,3}", "[a-zA-Z_ü.:ǆß ]{1,8}", "(?i)(mainsite|scmsite)_[ab]"]
}

proptest! {
    /// The environment is what a naive list gives, searched backwards.
    #[test]
    fn agrees_with_a_naive_model(
        app_settings in proptest::collection::vec((names(), "[a-z]{0,4}"), 0..12),
        plain in proptest::collection::vec((names(), "[a-z]{0,4}"), 0..12),
    ) {
        let fold = |name: &str| -> String {
            name.chars().flat_map(|c| if c.to_uppercase().count() == 1 { c.to_uppercase().collect() } else { vec![c] })
                .collect()
        };
        let mut user = UserVariables::default();
        let mut model: Vec<(String, String)> = Vec::new();
        for (name, value) in &app_settings {
            user.app_settings.set(name, value).unwrap();
            if !fold(name).starts_with("SCMSITE_") {
                model.push((name.clone(), value.clone()));
                model.push((format!("APPSETTING_{name}"), value.clone()));
            }
        }
        for (name, value) in &plain {
            user.plain.set(name, value).unwrap();
            if !fold(name).starts_with("SCMSITE_") {
                model.push((name.clone(), value.clone()));
            }
        }
        let environment = app(&user);
        for (name, _) in &model {
            let wanted = model.iter().rev().find(|(known, _)| fold(known) == fold(name)).map(|(_, value)| &**value);
            prop_assert_eq!(environment.get(name), wanted);
            prop_assert_eq!(environment.get(&name.to_ascii_uppercase()), wanted);
        }
        let folded: Vec<_> = environment.iter().map(|(name, _)| fold(name)).collect();
        prop_assert!(folded.is_sorted(), "{:?}", folded);
        prop_assert!(folded.windows(2).all(|pair| pair[0] != pair[1]));
        prop_assert_eq!(&app(&user), &environment);
    }
}
