//! Every route that changes something is recorded, or says here why not.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use millrace_db::on_both;
use serde_json::{Value, json};

use super::Action;
use crate::installations::fixture::{Bench, OPERATOR, example};

/// Routes that change something, and what the log says then.
const AUDITED: &[(&str, &str, &[Action])] = &[
    ("POST", "/api/developer/workflows", &[Action::WorkflowDeployed, Action::WorkflowPublished]),
    ("PUT", "/api/developer/workflows/{id}/variables/{name}", &[Action::VariableSet]),
    ("DELETE", "/api/developer/workflows/{id}/variables/{name}", &[Action::VariableRemoved]),
    ("POST", "/api/developer/workflows/{id}/grants", &[Action::GrantCreated]),
    ("PATCH", "/api/developer/workflows/{id}/grants/{grant_id}", &[Action::GrantChanged]),
    ("DELETE", "/api/developer/workflows/{id}/grants/{grant_id}", &[Action::GrantRevoked]),
    ("POST", "/api/installations", &[Action::InstallationCreated, Action::ConnectionCreated]),
    ("PATCH", "/api/installations/{id}", &[Action::InstallationConfigured, Action::InstallationUpdated]),
    ("DELETE", "/api/installations/{id}", &[Action::InstallationRemoved, Action::InstallationErasing, Action::InstallationErased]),
    ("DELETE", "/api/installations/{id}/storage", &[Action::StorageCleared]),
    ("POST", "/api/installations/{id}/onboarding/skip", &[Action::InstallationConfigured]),
    ("POST", "/api/installations/{id}/activate", &[Action::InstallationActivated]),
    ("POST", "/api/installations/{id}/pause", &[Action::InstallationPaused]),
    ("POST", "/api/connections", &[Action::ConnectionCreated]),
    ("DELETE", "/api/connections/{id}", &[Action::ConnectionRemoved]),
    ("POST", "/api/runs/{id}/cancel", &[Action::RunCancelled]),
    ("POST", "/api/runs/{id}/retry", &[Action::RunRetried]),
    ("POST", "/api/runs/{id}/resume", &[Action::RunResumed]),
    ("POST", "/api/runs/resume", &[Action::RunResumed]),
    ("POST", "/api/approvals/{id}/decide", &[Action::ApprovalApproved, Action::ApprovalDenied]),
    ("PUT", "/api/admin/tenants/{tenant_id}/quotas", &[Action::WorkspaceLimitsChanged]),
    ("POST", "/api/admin/audit/keys/rotate", &[Action::AuditKeyRotated]),
];

/// Routes that change something and are recorded, too; their own slices' tests look at the rows.
const AUDITED_THERE: &[(&str, &str, &[Action])] = &[
    ("POST", "/api/installations/{id}/setup-complete", &[Action::InstallationConfigured]),
    ("POST", "/api/executions/{id}/cancel", &[Action::RunCancelled]),
    ("POST", "/api/executions/{id}/retry", &[Action::RunRetried]),
    ("POST", "/api/workflows/{id}/alerts", &[Action::AlertCreated]),
    ("PATCH", "/api/workflows/{id}/alerts/{alert}", &[Action::AlertChanged]),
    ("DELETE", "/api/workflows/{id}/alerts/{alert}", &[Action::AlertRemoved]),
    ("PUT", "/api/v1/workspace/spend-cap", &[Action::SpendCapChanged]),
    ("DELETE", "/api/v1/workspace/spend-cap", &[Action::SpendCapChanged]),
    ("POST", "/api/developer/register", &[Action::DeveloperRegistered, Action::DeveloperUpdated]),
    ("PATCH", "/api/developer/me", &[Action::DeveloperRegistered, Action::DeveloperUpdated]),
    ("POST", "/api/admin/sales", &[Action::SaleRecorded]),
    ("POST", "/api/admin/payouts/{id}/paid", &[Action::PayoutPaid]),
    ("POST", "/api/workflows/publish", &[Action::WorkflowDeployed, Action::WorkflowPublished]),
    ("PATCH", "/api/developer/workflows/{id}", &[Action::WorkflowListed]),
    ("POST", "/api/developer/workflows/{id}/publish", &[Action::WorkflowPublished, Action::VersionSubmitted]),
    ("POST", "/api/developer/workflows/{id}/unpublish", &[Action::WorkflowUnpublished]),
    ("POST", "/api/developer/workflows/{id}/versions", &[Action::WorkflowDeployed]),
    ("POST", "/api/developer/workflows/{id}/versions/{v}/publish", &[Action::WorkflowPublished, Action::VersionSubmitted]),
    ("POST", "/api/developer/workflows/{id}/versions/{v}/restore", &[Action::VersionRestored]),
    ("POST", "/api/developer/workflows/{id}/versions/{v}/deprecate", &[Action::VersionDeprecated]),
    ("POST", "/api/developer/workflows/{id}/versions/{v}/approve", &[Action::VersionApproved]),
    ("POST", "/api/developer/workflows/{id}/versions/{v}/reject", &[Action::VersionRejected]),
    ("PUT", "/api/developer/workflows/{id}/rollout", &[Action::RolloutStarted, Action::RolloutChanged]),
    ("POST", "/api/developer/workflows/{id}/rollout/halt", &[Action::RolloutHalted]),
    ("POST", "/api/developer/workflows/{id}/rollout/rollback", &[Action::RolloutRolledBack]),
    ("POST", "/api/developer/workflows/{id}/rehearse", &[Action::VersionRehearsed]),
    ("POST", "/api/installations/{id}/pin-version", &[Action::InstallationPinned, Action::InstallationUnpinned]),
    ("POST", "/api/installations/{id}/update", &[Action::InstallationUpdated]),
    ("POST", "/api/v1/auth/signup", &[Action::UserCreated]),
    ("POST", "/api/v1/auth/login", &[Action::UserSignedIn]),
    ("POST", "/api/v1/auth/device/token", &[Action::UserSignedIn]),
    ("POST", "/api/v1/auth/device/approve", &[Action::DeviceApproved, Action::DeviceDenied]),
    ("POST", "/api/marketplace/{id}/redeem", &[Action::GrantRedeemed]),
    ("POST", "/api/marketplace/{id}/fork", &[Action::WorkflowForked]),
    ("POST", "/api/marketplace/redeem", &[Action::GrantRedeemed]),
    ("POST", "/api/v1/auth/logout", &[Action::UserSignedOut]),
    ("POST", "/api/v1/auth/logout-everywhere", &[Action::UserSignedOutEverywhere]),
    ("DELETE", "/api/v1/auth/sessions/{id}", &[Action::SessionRevoked]),
    ("POST", "/api/v1/auth/forgot-password", &[Action::PasswordResetRequested]),
    ("POST", "/api/v1/auth/reset-password", &[Action::PasswordReset]),
    ("POST", "/api/v1/auth/accept-invitation", &[Action::InvitationAccepted]),
    ("POST", "/api/v1/auth/create-workspace", &[Action::WorkspaceCreated]),
    ("POST", "/api/v1/auth/switch-workspace", &[Action::UserSwitchedWorkspace]),
    ("POST", "/api/v1/workspaces", &[Action::WorkspaceCreated]),
    ("POST", "/api/v1/auth/second-factor", &[Action::UserSignedIn, Action::UserSignInFailed, Action::RecoveryCodeUsed]),
    ("POST", "/api/v1/auth/passkey/finish", &[Action::UserSignedIn, Action::UserSignInFailed]),
    ("POST", "/api/v1/auth/confirm-session", &[Action::SessionConfirmed, Action::RecoveryCodeUsed]),
    ("POST", "/api/v1/users/me/passkeys/finish", &[Action::SecondFactorAdded, Action::RecoveryCodesMade]),
    ("PATCH", "/api/v1/users/me/passkeys/{id}", &[Action::PasskeyRenamed]),
    ("POST", "/api/v1/users/me/passkeys/{id}/remove", &[Action::SecondFactorRemoved]),
    ("POST", "/api/admin/second-factors/reset", &[Action::SecondFactorsReset]),
    ("PATCH", "/api/v1/users/me", &[Action::UserUpdated]),
    ("POST", "/api/v1/users/me/second-factors/{id}/confirm", &[Action::SecondFactorAdded, Action::RecoveryCodesMade]),
    ("POST", "/api/v1/users/me/second-factors/{id}/remove", &[Action::SecondFactorRemoved]),
    ("POST", "/api/v1/users/me/recovery-codes", &[Action::RecoveryCodesMade]),
    ("PATCH", "/api/v1/workspace", &[Action::WorkspaceUpdated]),
    ("POST", "/api/v1/workspace/delete", &[Action::WorkspaceDeactivated]),
    ("POST", "/api/v1/workspace/users/{user_id}/deactivate", &[Action::MembershipDeactivated]),
    ("POST", "/api/v1/workspace/users/{user_id}/reactivate", &[Action::MembershipReactivated]),
    ("POST", "/api/v1/users/me/erase", &[Action::UserErased, Action::MembershipRemoved]),
    ("POST", "/api/v1/admin/tenants/{tenant_id}/suspend", &[Action::WorkspaceSuspended]),
    ("POST", "/api/v1/admin/tenants/{tenant_id}/deactivate", &[Action::WorkspaceDeactivated]),
    ("POST", "/api/v1/admin/tenants/{tenant_id}/reactivate", &[Action::WorkspaceReactivated]),
    ("POST", "/api/v1/admin/tenants/{tenant_id}/delete", &[Action::WorkspaceDeleted]),
    ("POST", "/api/v1/admin/users/{user_id}/suspend", &[Action::UserSuspended]),
    ("POST", "/api/v1/admin/users/{user_id}/reactivate", &[Action::UserReactivated]),
    ("POST", "/api/v1/admin/users/{user_id}/erase", &[Action::UserErased, Action::MembershipRemoved]),
    ("PATCH", "/api/v1/workspace/users/{user_id}", &[Action::MembershipRoleChanged]),
    ("DELETE", "/api/v1/workspace/users/{user_id}", &[Action::MembershipRemoved]),
    ("POST", "/api/v1/workspace/users/invite", &[Action::InvitationSent]),
    ("POST", "/api/v1/workspace/invitations/{id}/resend", &[Action::InvitationResent]),
    ("DELETE", "/api/v1/workspace/invitations/{id}", &[Action::InvitationRevoked]),
    ("PUT", "/api/v1/workspace/sso", &[Action::SsoConfigured]),
    ("DELETE", "/api/v1/workspace/sso", &[Action::SsoRemoved]),
    ("POST", "/api/v1/workspace/sso/domains", &[Action::DomainAdded]),
    ("DELETE", "/api/v1/workspace/sso/domains/{domain}", &[Action::DomainRemoved]),
    ("POST", "/api/v1/workspace/sso/domains/{domain}/verify", &[Action::DomainVerified]),
    ("POST", "/api/admin/tenants/{tenant_id}/domains/{domain}/verify", &[Action::DomainVerified]),
    ("POST", "/api/v1/auth/sso/{provider}/backchannel-logout", &[Action::SessionRevoked]),
    ("POST", "/api/v1/api-keys", &[Action::ApiKeyCreated]),
    ("DELETE", "/api/v1/api-keys/{key_id}", &[Action::ApiKeyRevoked]),
    ("PUT", "/api/admin/staff", &[Action::StaffRoleChanged]),
    ("POST", "/api/v1/admin/tenants/{tenant_id}/support-access", &[Action::SupportAccessGranted]),
    ("DELETE", "/api/v1/admin/support-access/{id}", &[Action::SupportAccessRevoked]),
    ("POST", "/api/developer/oauth-apps", &[Action::OauthAppCreated]),
    ("PATCH", "/api/developer/oauth-apps/{provider}", &[Action::OauthAppUpdated]),
    ("DELETE", "/api/developer/oauth-apps/{provider}", &[Action::OauthAppRemoved]),
    ("POST", "/api/developer/oauth-apps/{provider}/promote", &[Action::OauthAppPromoted]),
    ("PUT", "/api/installations/{id}/byoo/{provider}", &[Action::OauthAppCreated, Action::OauthAppUpdated, Action::InstallationConnected]),
    ("DELETE", "/api/installations/{id}/byoo/{provider}", &[Action::OauthAppRemoved]),
    ("POST", "/api/admin/oauth-apps", &[Action::OauthAppCreated]),
    ("PATCH", "/api/admin/oauth-apps/{id}", &[Action::OauthAppUpdated]),
    ("DELETE", "/api/admin/oauth-apps/{id}", &[Action::OauthAppRemoved]),
    ("POST", "/api/admin/oauth-apps/{id}/review", &[Action::OauthAppPromoted]),
    ("DELETE", "/api/v1/support-access/{id}", &[Action::SupportAccessRevoked]),
];

/// Routes that are not recorded, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("POST", "/api/developer/oauth-apps/{provider}/test", "asking a provider changes nothing but what is known of the app's health, which the server itself looks at all the time"),
    ("POST", "/api/v1/users/me/second-factors", "what is not confirmed by a code is asked for nowhere, and forgotten after a while; confirming it is recorded"),
    ("POST", "/api/v1/auth/passkey", "nobody is signed in, and a question that no passkey answers is forgotten after minutes"),
    ("POST", "/api/v1/auth/second-factor/passkey", "a question that no passkey answers is forgotten after minutes; its answer is recorded"),
    ("POST", "/api/v1/users/me/passkeys", "a passkey that no device made is asked for nowhere; adding it is recorded"),
    ("POST", "/api/v1/users/me/passkeys/challenge", "a question that no passkey answers is forgotten after minutes; what its answer allows is recorded"),
    ("POST", "/api/v1/auth/resend-verification", "nobody need be signed in, and nothing becomes of it but a mail, which the outbox shows"),
    ("POST", "/api/v1/auth/device", "nobody is signed in, and nothing becomes of it until a person decides, which is recorded"),
    ("POST", "/api/v1/auth/refresh", "renewing an access token changes nothing for anybody; a token that comes twice is recorded by itself"),
    ("POST", "/api/installations/{id}/trigger", "starting runs is the work itself: the run is its own record, and a chain would make all starts of a workspace wait for each other"),
    ("POST", "/api/installations/{id}/run", "as above: the same under another name"),
    ("POST", "/api/webhooks/{trigger_id}", "no user: a provider's delivery, recorded as the run's input"),
    ("POST", "/api/developer/workflows/{id}/diff", "compares two versions and changes nothing; it is asked for with a body"),
    ("POST", "/api/events", "traffic like webhooks: an event is recorded in the journals of the runs that it wakes, and changes nothing else"),
];

#[test]
fn every_changing_route_is_audited_or_excused() {
    let document = serde_json::to_value(crate::http::openapi()).unwrap();
    let mut there = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|m| ["post", "put", "patch", "delete"].contains(&m.as_str())) {
            there.insert((method.to_uppercase(), path.clone()));
        }
    }
    let known: Vec<(&str, &str)> = AUDITED.iter().chain(AUDITED_THERE).map(|(m, p, _)| (*m, *p)).chain(EXCEPTIONS.iter().map(|(m, p, _)| (*m, *p))).collect();
    let listed: BTreeSet<(String, String)> = known.iter().map(|(m, p)| ((*m).to_owned(), (*p).to_owned())).collect();
    assert_eq!(listed.len(), known.len(), "a route is listed twice");
    let missing: Vec<_> = there.difference(&listed).collect();
    assert!(missing.is_empty(), "call audit::record in these routes and list them in AUDITED, or explain them in EXCEPTIONS: {missing:?}");
    let stale: Vec<_> = listed.difference(&there).collect();
    assert!(stale.is_empty(), "these routes do not exist: {stale:?}");
    assert!(AUDITED.iter().chain(AUDITED_THERE).all(|(_, _, actions)| !actions.is_empty()) && EXCEPTIONS.iter().all(|(_, _, why)| why.len() > 20));
}

/// The actions of the newest rows, oldest first, that are not yet in `seen`.
async fn fresh(bench: &Bench, seen: &mut u64) -> Vec<String> {
    let data = bench.call("GET", "/api/v1/audit?limit=100", Value::Null).await.of(200)["data"].as_array().unwrap().clone();
    let mut new: Vec<_> = data.iter().filter(|row| row["seq"].as_u64().unwrap() > *seen && row["action"] != "audit.read").map(|row| row["action"].as_str().unwrap().to_owned()).collect();
    *seen = data.first().map_or(*seen, |row| row["seq"].as_u64().unwrap());
    new.reverse();
    new
}

on_both! {
    /// What can be done without performing runs; resuming and deciding are in the tests of the command line.
    async fn what_people_do_is_in_the_log(db: TestDb) {
        let bench = Bench::new(db).await;
        let mut seen = 0;
        let mut done = BTreeSet::new();
        macro_rules! did {
            ($call:expr, $status:expr, $actions:expr) => {{
                let answer = $call.await;
                let body = answer.of($status);
                let found = fresh(&bench, &mut seen).await;
                assert_eq!(found, $actions);
                done.extend(found);
                body
            }};
        }
        let module = |version: &str| example("acme-meeting-processor").replace("1.2.0", version);
        let none: [&str; 0] = [];
        did!(bench.deploy(&module("1.0.0")), 201, ["workflow.deployed", "grant.created", "grant.created", "rollout.started", "workflow.published"]);
        did!(bench.deploy(&module("1.0.0")), 200, none);
        did!(bench.deploy(&module("1.0.1")), 201, ["workflow.deployed", "rollout.started", "workflow.published"]);
        let variable = "/api/developer/workflows/acme-meeting-processor/variables/CRM_SECRET";
        did!(bench.call("PUT", variable, json!({"value": "planted-secret-variable"})), 201, ["variable.set"]);
        did!(bench.call("DELETE", variable, Value::Null), 204, ["variable.removed"]);
        let id: Value = bench.call("GET", "/api/developer/workflows/acme-meeting-processor", Value::Null).await.of(200);
        crate::access::fixture::list(&bench, id["id"].as_str().unwrap(), "published", "private").await;
        let grants = "/api/developer/workflows/acme-meeting-processor/grants";
        let grant = did!(bench.call("POST", grants, json!({"type": "access_code", "value": "PLANTED-SECRET-CODE"})), 201, ["grant.created"]);
        let grant = format!("{grants}/{}", grant["id"].as_str().unwrap());
        did!(bench.call("PATCH", &grant, json!({"max_installs": 5})), 200, ["grant.changed"]);
        did!(bench.call("DELETE", &grant, Value::Null), 204, ["grant.revoked"]);
        did!(bench.call("DELETE", &grant, Value::Null), 204, none);
        let request = json!({
            "workflow": "acme-meeting-processor", "config": {"crm_endpoint": "https://crm.acme.example/api", "crmApiKey": "planted-secret-input", "notionDatabase": "db-1"},
            "connections": {"zoom": {"access_token": "planted-secret-token"}, "notion": {"access_token": "planted-secret-token"}},
        });
        let installed = did!(bench.install(request), 201, ["connection.created", "connection.created", "installation.created"]);
        let path = format!("/api/installations/{}", installed["id"].as_str().unwrap());
        did!(bench.call("PATCH", &path, json!({"config": {"crmApiKey": "planted-secret-other"}})), 200, ["installation.configured"]);
        did!(bench.call("PATCH", &path, json!({"version": "1.0.0"})), 200, ["installation.updated"]);
        did!(bench.call("POST", &format!("{path}/activate"), Value::Null), 200, ["installation.activated"]);
        let run = did!(bench.call("POST", &format!("{path}/trigger"), Value::Null), 202, none);
        let run = format!("/api/runs/{}", run["run_id"].as_str().unwrap());
        did!(bench.call("POST", &format!("{run}/cancel"), Value::Null), 200, ["run.cancelled"]);
        did!(bench.call("POST", &format!("{run}/cancel"), Value::Null), 200, none);
        let again = did!(bench.call("POST", &format!("{run}/retry"), Value::Null), 202, ["run.retried"]);
        assert_eq!(again["retry_of"], run.trim_start_matches("/api/runs/"));
        did!(bench.call("POST", &format!("{path}/pause"), Value::Null), 200, ["installation.paused"]);
        let made = did!(bench.call("POST", "/api/connections", json!({"service": "notion", "fields": {"access_token": "planted-secret-third"}})), 201, ["connection.created"]);
        did!(bench.call("DELETE", &format!("/api/connections/{}", made["id"].as_str().unwrap()), Value::Null), 204, ["connection.removed"]);
        did!(bench.call("POST", &format!("{path}/onboarding/skip"), json!({})), 200, ["installation.configured"]);
        did!(bench.call("DELETE", &format!("{path}/storage"), Value::Null), 204, ["storage.cleared"]);
        did!(bench.call("DELETE", &path, Value::Null), 204, ["installation.removed"]);
        did!(bench.call("DELETE", &format!("{path}?permanent=true"), Value::Null), 204, ["installation.erasing", "installation.erased"]);
        let (auth, quotas) = (format!("Bearer {OPERATOR}"), format!("/api/admin/tenants/{}/quotas", bench.tenant));
        let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
        did!(bench.send("PUT", &quotas, br#"{"queued_runs": 5}"#.to_vec(), &headers), 200, ["workspace_limits.changed"]);

        let exported = bench.call("GET", "/api/v1/audit/export", Value::Null).await.body;
        assert!(!exported.to_string().to_lowercase().contains("planted-secret"), "no secret is ever in the log");
        millrace_audit::verify(exported.as_str().unwrap().as_bytes(), None).unwrap();
        let elsewhere = [Action::RunResumed, Action::ApprovalApproved, Action::ApprovalDenied, Action::AuditKeyRotated];
        let promised: BTreeSet<String> = AUDITED.iter().flat_map(|(_, _, actions)| actions.iter()).filter(|a| !elsewhere.contains(a)).map(ToString::to_string).collect();
        assert_eq!(promised.difference(&done).count(), 0, "{promised:?} {done:?}");
    }
}
