#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn roles_widen_from_viewer_to_owner() {
    let of = Role::permissions;
    assert!(of(Role::Member).covers(of(Role::Viewer)) && of(Role::Admin).covers(of(Role::Member)) && of(Role::Owner).covers(of(Role::Admin)));
    assert!(of(Role::Admin).covers(of(Role::Billing)));
    let only_owner: Vec<_> = of(Role::Owner).without(of(Role::Admin)).iter().collect();
    assert_eq!(only_owner, [Permission::WorkspaceDelete]);
    let only_looks = [Permission::WorkflowsWrite, Permission::InstallationsWrite, Permission::RunsWrite, Permission::EventsPublish, Permission::ApprovalsDecide, Permission::ConnectionsManage];
    for role in [Role::Viewer, Role::Billing] {
        assert!(only_looks.iter().all(|p| !of(role).has(*p)), "{role:?} changes nothing of the work");
    }
}

#[test]
fn no_scope_reaches_people_keys_or_the_workspace_itself() {
    let never = Permissions::of(&[
        Permission::WorkspaceManage,
        Permission::WorkspaceDelete,
        Permission::MembersManage,
        Permission::ApiKeysRead,
        Permission::ApiKeysManage,
        Permission::AuditRead,
        Permission::SupportManage,
        Permission::BillingManage,
        Permission::ConnectionsManage,
    ]);
    for scope in Scope::ALL {
        assert_eq!(scope.permissions().without(never), scope.permissions(), "{scope:?}");
    }
    let changes = Permissions::of(&[Permission::WorkflowsWrite, Permission::InstallationsWrite, Permission::RunsWrite, Permission::EventsPublish, Permission::ApprovalsDecide]);
    for scope in [Scope::ReadOnly, Scope::WorkflowsRead, Scope::WorkflowsWrite, Scope::Admin] {
        assert_eq!(scope.permissions().without(changes), scope.permissions(), "{scope:?} reads");
    }
    let ladder = [Scope::ReadOnly, Scope::WorkflowsRead, Scope::WorkflowsWrite, Scope::Admin];
    assert!(ladder.windows(2).all(|pair| pair[1].permissions().covers(pair[0].permissions())));
}

#[test]
fn support_access_looks_and_only_one_role_works() {
    let work = Role::Member.permissions().without(Role::Viewer.permissions()).without(Permissions::of(&[Permission::ConnectionsRead]));
    for role in StaffRole::ALL.iter().filter(|r| **r != StaffRole::TenantAdmin) {
        assert!(role.permissions().iter().all(|p| !work.has(p)), "{role:?} only looks");
    }
    assert!(StaffRole::TenantAdmin.permissions().has(Permission::RunsWrite));
    for role in StaffRole::ALL {
        assert!(!role.permissions().has(Permission::MembersManage) && !role.permissions().has(Permission::ApiKeysManage), "{role:?}");
    }
}

#[test]
fn words_are_read_as_they_are_written() {
    for scope in Scope::ALL {
        assert_eq!(scope.as_str().parse::<Scope>().unwrap(), *scope);
        assert_eq!(serde_json::to_string(scope).unwrap(), format!("\"{}\"", scope.as_str()));
    }
    for role in StaffRole::ALL {
        assert_eq!(serde_json::to_string(role).unwrap(), format!("\"{}\"", role.as_str()));
    }
    let document = serde_json::to_value(crate::http::openapi()).unwrap();
    let documented = |name: &str| document["components"]["schemas"][name]["enum"].clone();
    assert_eq!(documented("Scope"), serde_json::to_value(Scope::ALL).unwrap());
    assert_eq!(documented("StaffRole"), serde_json::to_value(StaffRole::ALL).unwrap());
    assert!("everything".parse::<Scope>().is_err());
    assert_eq!(Permissions::ALL.iter().count(), Permission::ALL.len());
}

#[test]
fn the_page_shows_this_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("<!-- permissions -->\n").unwrap();
    let (shown, after) = rest.split_once("<!-- end of permissions -->").unwrap();
    if std::env::var_os("MILLRACE_UPDATE_PERMISSIONS").is_some() {
        std::fs::write(path, format!("{before}<!-- permissions -->\n{}<!-- end of permissions -->{after}", table())).unwrap();
        return;
    }
    assert!(shown == table(), "docs/permissions.md is not what identity/grants.rs says: run this test with MILLRACE_UPDATE_PERMISSIONS=1");
}
