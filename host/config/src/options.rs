//! Every option that has one value: how the flag and the file call it, and of which form it is.

/// The form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string in the file.
    Text,
    /// A string in the file; a relative path is taken from the file's folder.
    Path,
    /// A whole number.
    Number,
    /// A whole number of bytes, or a string with a unit.
    Size,
    /// `true` or `false`.
    Switch,
}

/// An option that has one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Opt {
    Name,
    Plan,
    HostName,
    Region,
    ResourceGroup,
    Subscription,
    Data,
    Addr,
    TlsCert,
    TlsKey,
    Reuse,
    Threads,
    LogFormat,
    TimeLimit,
    BackgroundLimit,
    Grace,
    Compression,
    MaxHeaderBytes,
    MaxHeaders,
    MaxUrl,
    HeadTimeout,
    IdleTimeout,
    MinBodyRate,
    MaxConnections,
    IisHeaders,
}

/// How an option is called.
pub(crate) struct Row {
    pub(crate) key: Opt,
    /// The flag; `None` for an option that only the file has.
    pub(crate) flag: Option<&'static str>,
    /// The table of the file, empty for the top.
    pub(crate) section: &'static str,
    /// The key in that table.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

const fn row(key: Opt, flag: &'static str, section: &'static str, name: &'static str, kind: Kind) -> Row {
    Row { key, flag: Some(flag), section, name, kind }
}

const fn file_only(key: Opt, section: &'static str, name: &'static str, kind: Kind) -> Row {
    Row { key, flag: None, section, name, kind }
}

/// All options with one value. Without its section, a name in the file is the flag's with underscores.
pub(crate) const ROWS: &[Row] = &[
    row(Opt::Name, "--name", "", "name", Kind::Text),
    row(Opt::Plan, "--plan", "", "plan", Kind::Text),
    row(Opt::HostName, "--host-name", "", "host_name", Kind::Text),
    file_only(Opt::Region, "", "region", Kind::Text),
    file_only(Opt::ResourceGroup, "", "resource_group", Kind::Text),
    file_only(Opt::Subscription, "", "subscription", Kind::Text),
    row(Opt::Data, "--data", "", "data", Kind::Path),
    row(Opt::Addr, "--addr", "", "addr", Kind::Text),
    row(Opt::TlsCert, "--tls-cert", "", "tls_cert", Kind::Path),
    row(Opt::TlsKey, "--tls-key", "", "tls_key", Kind::Path),
    row(Opt::Reuse, "--reuse", "", "reuse", Kind::Text),
    row(Opt::Threads, "--threads", "", "threads", Kind::Number),
    row(Opt::LogFormat, "--log-format", "", "log_format", Kind::Text),
    row(Opt::TimeLimit, "--time-limit", "limits", "time_limit", Kind::Text),
    row(Opt::BackgroundLimit, "--background-limit", "limits", "background_limit", Kind::Text),
    row(Opt::Grace, "--grace", "limits", "grace", Kind::Text),
    row(Opt::Compression, "--compression", "http", "compression", Kind::Switch),
    row(Opt::MaxHeaderBytes, "--max-header-bytes", "http", "max_header_bytes", Kind::Size),
    row(Opt::MaxHeaders, "--max-headers", "http", "max_headers", Kind::Number),
    row(Opt::MaxUrl, "--max-url", "http", "max_url", Kind::Size),
    row(Opt::HeadTimeout, "--head-timeout", "http", "head_timeout", Kind::Text),
    row(Opt::IdleTimeout, "--idle-timeout", "http", "idle_timeout", Kind::Text),
    row(Opt::MinBodyRate, "--min-body-rate", "http", "min_body_rate", Kind::Size),
    row(Opt::MaxConnections, "--max-connections", "http", "max_connections", Kind::Number),
    file_only(Opt::IisHeaders, "headers", "iis", Kind::Switch),
];

/// The tables whose keys the operator chooses.
pub(crate) const FREE_SECTIONS: [&str; 3] = ["env", "app_settings", "connection_strings"];

/// `section.name`, or the name alone at the top.
pub(crate) fn path(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}
