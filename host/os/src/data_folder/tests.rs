use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

fn shop() -> AppName {
    AppName::new("shop").unwrap()
}

#[test]
fn a_fresh_folder_has_what_a_fresh_site_has() {
    let root = tempfile::tempdir().unwrap();
    let deep = root.path().join("a/b");
    let folder = DataFolder::open(&deep, &shop()).unwrap();
    assert_eq!(folder.path(), deep.join("shop"));
    assert_eq!(folder.home(), deep.join("shop/home"));
    for made in [
        "home/site/wwwroot",
        "home/LogFiles",
        "home/data",
        "home/.appsvc-local/Temp",
        "home/.appsvc-local/AppData",
        "home/.appsvc-local/LocalAppData",
        "home/.appsvc-local/ProgramData",
        "home/.appsvc-local/UserProfile",
    ] {
        assert!(folder.path().join(made).is_dir(), "{made}");
    }
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
}

/// FS-07, FS-21, FS-24.
#[test]
fn home_outlives_a_restart_and_the_local_disk_does_not() {
    let root = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(root.path(), &shop()).unwrap();
    let id = folder.instance_id().clone();
    let (kept, wiped) = (folder.home().join("site/wwwroot/x"), folder.home().join(".appsvc-local/Temp/x"));
    fs::write(&kept, "x").unwrap();
    fs::write(&wiped, "x").unwrap();
    drop(folder);

    let folder = DataFolder::open(root.path(), &shop()).unwrap();
    assert_eq!(folder.instance_id(), &id);
    assert!(kept.exists() && !wiped.exists());
    assert!(folder.home().join(".appsvc-local/Temp").is_dir());
}

#[test]
fn apps_have_different_instance_ids() {
    let root = tempfile::tempdir().unwrap();
    let one = DataFolder::open(root.path(), &shop()).unwrap();
    let two = DataFolder::open(root.path(), &AppName::new("other").unwrap()).unwrap();
    assert_ne!(one.instance_id(), two.instance_id());
}

#[test]
fn a_second_host_is_refused_and_told_who_is_there() {
    let root = tempfile::tempdir().unwrap();
    let first = DataFolder::open(root.path(), &shop()).unwrap();
    let local = first.home().join(".appsvc-local/Temp/in-use");
    fs::write(&local, "x").unwrap();
    let error = DataFolder::open(root.path(), &shop()).unwrap_err();
    let DataFolderError::Held { holder: Holder { process: Some((pid, since)) }, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*pid, std::process::id());
    let text = error.to_string();
    assert!(text.starts_with("app shop is already being served from "), "{text}");
    assert!(
        text.ends_with(&format!("by process {pid} since {since}; stop that host, or give --name or --data"))
    );
    assert!(local.exists(), "the refused host touched the local disk");

    drop(first);
    DataFolder::open(root.path(), &shop()).unwrap();
}

/// The lock is the kernel's: it goes with the process, whatever is still in the file.
#[test]
fn a_host_that_was_killed_leaves_no_lock() {
    let root = tempfile::tempdir().unwrap();
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "data_folder::tests::be_the_host_that_is_killed"])
        .env("APPSVC_TEST_HOLD", root.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Its file says who it is as soon as it has the lock.
    let lock = root.path().join("shop/lock");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !fs::read_to_string(&lock).is_ok_and(|text| text.starts_with(&host.id().to_string())) {
        assert!(Instant::now() < deadline, "the other host did not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let refused = DataFolder::open(root.path(), &shop());
    host.kill().unwrap();
    host.wait().unwrap();
    let Err(DataFolderError::Held { holder, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(holder.process.unwrap().0, host.id());
    DataFolder::open(root.path(), &shop()).unwrap();
}

/// Not a test of its own: the process that the test above kills.
#[test]
fn be_the_host_that_is_killed() {
    let Some(root) = std::env::var_os("APPSVC_TEST_HOLD") else { return };
    let _folder = DataFolder::open(Path::new(&root), &shop()).unwrap();
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn what_a_guest_planted_is_not_followed() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("precious"), "x").unwrap();
    let home = DataFolder::open(root.path(), &shop()).unwrap().home().to_owned();

    // A link in place of the local disk is removed, not what it leads to.
    fs::remove_dir_all(home.join(".appsvc-local")).unwrap();
    symlink(outside.path(), home.join(".appsvc-local")).unwrap();
    let folder = DataFolder::open(root.path(), &shop()).unwrap();
    assert!(outside.path().join("precious").exists());
    assert!(!outside.path().join("Temp").exists());
    assert!(fs::symlink_metadata(home.join(".appsvc-local")).unwrap().is_dir());
    drop(folder);

    // A link within the local disk likewise.
    symlink(outside.path(), home.join(".appsvc-local/Temp/link")).unwrap();
    drop(DataFolder::open(root.path(), &shop()).unwrap());
    assert!(outside.path().join("precious").exists());

    // A file in place of the local disk is no obstacle either.
    fs::remove_dir_all(home.join(".appsvc-local")).unwrap();
    fs::write(home.join(".appsvc-local"), "x").unwrap();
    drop(DataFolder::open(root.path(), &shop()).unwrap());

    // A link in place of a folder that stays is not written through.
    fs::remove_dir_all(home.join("site")).unwrap();
    symlink(outside.path(), home.join("site")).unwrap();
    let error = DataFolder::open(root.path(), &shop()).unwrap_err();
    assert!(error.to_string().contains("home/site is not a folder"), "{error}");
    assert!(!outside.path().join("wwwroot").exists());
}

#[test]
fn an_operator_may_link_home_to_another_disk() {
    let root = tempfile::tempdir().unwrap();
    let disk = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("shop")).unwrap();
    symlink(disk.path(), root.path().join("shop/home")).unwrap();
    let _folder = DataFolder::open(root.path(), &shop()).unwrap();
    assert!(disk.path().join("site/wwwroot").is_dir());
}

#[test]
fn a_broken_instance_id_is_an_error_that_says_what_to_do() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("shop")).unwrap();
    fs::write(root.path().join("shop/instance-id"), "12\n").unwrap();
    let text = DataFolder::open(root.path(), &shop()).unwrap_err().to_string();
    assert!(text.contains("instance-id does not hold 64 hexadecimal digits; delete it"), "{text}");
}

#[test]
fn what_cannot_be_made_is_named() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "x").unwrap();
    let text = DataFolder::open(&file, &shop()).unwrap_err().to_string();
    assert!(text.starts_with("app shop: cannot create ") && text.contains("file/shop"), "{text}");
}
