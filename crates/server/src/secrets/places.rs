//! Every column that holds sealed values: what a change of the master key has to go through.
//!
//! Whoever seals something new adds a row here. Two tests hold the list against the source (`seal` is called in the named files
//! and nowhere else) and against the rows of a server that has some of everything.

/// A column with sealed values, and the statements that a sweep takes for it.
#[derive(Debug)]
pub(super) struct Sealed {
    /// `table.column`.
    pub name: &'static str,
    /// The kind under which its values are sealed.
    pub kind: &'static str,
    /// The source files that seal for it.
    #[cfg_attr(not(test), allow(dead_code))]
    pub files: &'static [&'static str],
    /// `(prefix, first, second, limit)` → `tenant, first, second, place, sealed` of values that do not begin like this, after that key.
    pub others: &'static str,
    /// `(first, second, was, is)`: the new text, if the old one is still there.
    pub replace: &'static str,
    /// `key_id, found`: values under each key.
    pub count: &'static str,
}

/// `key`: the row's key, which is also its id in the place. `keys`: two columns of the row's key, and what its id in the place is.
/// `with`: what changes together with the text (`$4`).
macro_rules! sealed {
    ($table:literal . $column:literal as $kind:literal, tenant $tenant:literal, key $key:literal, rows $rows:literal, $(with $with:literal,)? in $files:expr) => {
        Sealed {
            name: concat!($table, ".", $column),
            kind: $kind,
            files: &$files,
            others: concat!(
                "SELECT ", $tenant, " AS tenant, ", $key, " AS first, '' AS second, ", $key, " AS place, ", $column, " AS sealed FROM ", $table,
                " WHERE ", $rows, " AND ", $column, " IS NOT NULL AND substr(", $column, ", 1, 12) <> $1 AND ", $key, " > $2 AND $3 = '' ORDER BY ", $key, " LIMIT $4"
            ),
            replace: concat!("UPDATE ", $table, " SET ", $column, " = $4", $($with,)? " WHERE ", $key, " = $1 AND $2 = '' AND ", $column, " = $3"),
            count: concat!("SELECT substr(", $column, ", 4, 8) AS key_id, count(*) AS found FROM ", $table, " WHERE ", $rows, " AND ", $column, " IS NOT NULL GROUP BY 1"),
        }
    };
    ($table:literal . $column:literal as $kind:literal, tenant $tenant:literal, keys $key:literal $second:literal, place $place:literal, rows $rows:literal, in $files:expr) => {
        Sealed {
            name: concat!($table, ".", $column),
            kind: $kind,
            files: &$files,
            others: concat!(
                "SELECT ", $tenant, " AS tenant, ", $key, " AS first, ", $second, " AS second, ", $place, " AS place, ", $column, " AS sealed FROM ", $table,
                " WHERE ", $rows, " AND ", $column, " IS NOT NULL AND substr(", $column, ", 1, 12) <> $1 AND (", $key, ", ", $second, ") > ($2, $3) ORDER BY ",
                $key, ", ", $second, " LIMIT $4"
            ),
            replace: concat!("UPDATE ", $table, " SET ", $column, " = $4 WHERE ", $key, " = $1 AND ", $second, " = $2 AND ", $column, " = $3"),
            count: concat!("SELECT substr(", $column, ", 4, 8) AS key_id, count(*) AS found FROM ", $table, " WHERE ", $rows, " AND ", $column, " IS NOT NULL GROUP BY 1"),
        }
    };
}

/// All of them.
pub(super) const SEALED: &[Sealed] = &[
    // First: a start opens it, so the key that is to go is soon needed for this no more.
    sealed!("settings"."value" as "setting", tenant "''", key "name", rows "name = 'derivation_key'", in ["secrets/source.rs"]),
    sealed!("signing_keys"."private_key" as "signing_key", tenant "''", key "id", rows "1 = 1", in ["sessions/signing.rs"]),
    sealed!("audit_keys"."sealed_key" as "audit.key", tenant "''", key "id", rows "1 = 1", in ["audit/keys.rs"]),
    sealed!("second_factors"."secret" as "second_factor", tenant "''", key "id", rows "1 = 1", in ["second_factor/codes.rs"]),
    sealed!("identity_providers"."client_secret" as "identity_provider", tenant "tenant_id", key "id", rows "1 = 1", in ["sso/provider_http.rs"]),
    sealed!("mails"."sealed_link" as "mail", tenant "COALESCE(tenant_id, '')", key "id", rows "1 = 1", in ["mail/outbox.rs"]),
    sealed!("connections"."fields" as "connection", tenant "tenant_id", key "id", rows "1 = 1", in ["connections/service.rs"]),
    sealed!("oauth_apps"."client_secret_encrypted" as "oauth_app.client_secret", tenant "COALESCE(tenant_id, '')", key "id", rows "1 = 1", with ", encryption_key_id = substr($4, 4, 8)", in ["oauth_apps/service.rs"]),
    sealed!("oauth_apps"."extra_encrypted" as "oauth_app.extra", tenant "COALESCE(tenant_id, '')", key "id", rows "1 = 1", with ", encryption_key_id = substr($4, 4, 8)", in ["oauth_apps/service.rs"]),
    sealed!("oauth_apps"."webhook_secret_encrypted" as "oauth_app.webhook_secret", tenant "COALESCE(tenant_id, '')", key "id", rows "1 = 1", with ", encryption_key_id = substr($4, 4, 8)", in ["oauth_apps/service.rs"]),
    sealed!("installations"."secrets" as "installation.inputs", tenant "tenant_id", key "id", rows "1 = 1", in ["installations/snapshot.rs"]),
    // Copies of the former, with the place of their installation.
    sealed!("config_history"."secrets" as "installation.inputs", tenant "tenant_id", keys "installation_id" "CAST(revision AS TEXT)", place "installation_id", rows "1 = 1", in ["installations/snapshot.rs"]),
    sealed!("alert_channels"."sealed" as "alert.channel", tenant "tenant_id", key "id", rows "1 = 1", in ["alerts/channel.rs"]),
    sealed!("triggers"."signing_secret" as "trigger.signing_secret", tenant "tenant_id", key "id", rows "1 = 1", in ["triggers/register.rs"]),
    sealed!("triggers"."pending_secret" as "trigger.pending_secret", tenant "tenant_id", key "id", rows "1 = 1", in ["triggers/intake.rs"]),
    sealed!("workflow_variables"."value" as "workflow.variable", tenant "tenant_id", keys "workflow_id" "name", place "workflow_id || '/' || name", rows "secret", in ["variables/service.rs"]),
];
