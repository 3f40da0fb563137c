//! Every name that the specification's tables list (§13.4 to §13.17) can be called.

use millrace_connector::Registry;

/// Service, then every method of its table: the nested ones, the flat ones, those taught in lessons.
const TABLES: [(&str, &[&str]); 25] = [
    ("slack", &["chat.postMessage", "chat.update", "conversations.history", "conversations.replies", "users.profile.get",
        "users.profile.set", "reactions.add", "sendMessage", "getMessages", "getMessage", "listChannels", "getUser", "searchMessages"]),
    ("notion", &["pages.create", "pages.update", "pages.retrieve", "databases.query", "databases.retrieve", "blocks.children.list",
        "blocks.children.append", "search", "createPage", "updatePage", "queryDatabase", "getDatabase", "appendBlocksInBatches",
        "getPage", "getBlockChildren", "createDocument"]),
    ("gmail", &["messages.send", "drafts.create", "messages.list", "messages.get", "messages.modify", "listMessages", "getMessage",
        "sendMessage", "createDraft"]),
    ("stripe", &["customers.retrieve", "customers.list", "customers.search", "customers.create", "invoices.list", "invoices.create",
        "invoices.finalize", "invoices.send", "invoices.finalizeInvoice", "invoiceItems.create", "getCustomer", "listCustomers",
        "createCustomer", "createPaymentIntent", "getPaymentIntent", "listPaymentIntents", "createSubscription", "getSubscription",
        "cancelSubscription", "listSubscriptions", "listCharges", "getCharge"]),
    ("todoist", &["tasks.create", "createTask", "tasks.list", "projects.list", "closeTask", "reopenTask", "updateTask", "deleteTask",
        "getCompletedTasks", "listSections", "listLabels", "listComments"]),
    ("hubspot", &["deals.search", "deals.list", "deals.update", "contacts.search", "contacts.create", "searchDeals",
        "searchContacts", "logMeetingActivity", "updateDealFromMeeting"]),
    ("linear", &["issues", "issues.create", "createIssue", "issues.update", "issues.comment", "issues.list", "issues.get",
        "issues.archive", "teams.get", "cycles.getCurrent"]),
    ("googleSheets", &["spreadsheets.values.get", "spreadsheets.values.update", "spreadsheets.values.append"]),
    ("googleCalendar", &["events.list"]),
    ("googleDrive", &["files.list", "files.update"]),
    ("zoom", &["getMeetings", "getMeeting", "getTranscript", "getRecordings", "getClips", "getReport", "getClipTranscript",
        "getMeetingsWithTranscripts"]),
    ("airtable", &["records.list", "records.create", "records.update", "bases.list", "tables.list"]),
    ("quickbooks", &["searchCustomers", "createCustomer", "getCustomer", "listInvoices", "getOverdueInvoices", "recordPayment",
        "listPayments", "getReceivablesAging"]),
    ("procore", &["getProject", "getProjects", "getRFIs", "getDailyLogs", "getManpowerLogs", "getSubmittals", "getChangeOrders",
        "getBudget"]),
    ("discord", &["channels.sendMessage", "channels.getMessages"]),
    ("sikka", &["getAppointments", "getPatient"]),
    ("twilio", &["messages.create"]),
    ("github", &["issues.comment"]),
    ("dribbble", &["listShots"]),
    ("nexhealth", &["getUpcomingAppointments", "getPatient", "sendForm"]),
    ("weave", &["sendMessage", "getReviewStats"]),
    ("followUpBoss", &["getUncontactedLeads", "getPerson", "createNote", "createTask", "updatePerson"]),
    // Read by their static helpers and as triggers; operations are ours.
    ("typeform", &["responses.list"]),
    ("calendly", &["events.list"]),
    ("sentry", &["issues.get"]),
];

#[test]
fn every_listed_name_is_an_operation() {
    let registry = Registry::builtin().unwrap();
    let mut missing = Vec::new();
    for (service, names) in TABLES {
        let connector = registry.get(service).unwrap_or_else(|| panic!("there is no connector {service}"));
        missing.extend(names.iter().filter(|name| connector.operation(name).is_none()).map(|name| format!("{service} {name}")));
    }
    assert!(missing.is_empty(), "not callable: {missing:?}");
}

#[test]
fn two_spellings_are_one_operation() {
    let registry = Registry::builtin().unwrap();
    for (service, name, canonical) in [
        ("slack", "updateMessage", "chat.update"),
        ("slack", "conversations.list", "listChannels"),
        ("notion", "updatePage", "pages.update"),
        ("notion", "queryDatabase", "databases.query"),
        ("notion", "getDatabase", "databases.retrieve"),
        ("notion", "getPage", "pages.retrieve"),
        ("notion", "getBlockChildren", "blocks.children.list"),
        ("gmail", "listMessages", "messages.list"),
        ("gmail", "getMessage", "messages.get"),
        ("gmail", "sendMessage", "messages.send"),
        ("gmail", "createDraft", "drafts.create"),
        ("stripe", "getCustomer", "customers.retrieve"),
        ("stripe", "listCustomers", "customers.list"),
        ("stripe", "createCustomer", "customers.create"),
        ("stripe", "invoices.finalizeInvoice", "invoices.finalize"),
        ("github", "commentOnIssue", "issues.comment"),
        ("todoist", "createTask", "tasks.create"),
        ("hubspot", "searchDeals", "deals.search"),
        ("linear", "createIssue", "issues.create"),
    ] {
        let connector = registry.get(service).unwrap();
        assert_eq!(connector.operation(name).map(|(name, _)| name), Some(canonical), "{service} {name}");
    }
    // A call and a namespace under one name: scripts get a function that carries methods.
    let linear = registry.get("linear").unwrap().operation_names();
    assert!(linear.contains(&"issues") && linear.contains(&"issues.create"));
}

#[test]
fn every_way_to_sign_in_of_the_tables_is_there() {
    let registry = Registry::builtin().unwrap();
    // Service, token address, whether the client signs in by basic authentication, whether there is PKCE.
    for (service, token_url, basic, pkce) in [
        ("zoom", "https://zoom.us/oauth/token", true, false),
        ("notion", "https://api.notion.com/v1/oauth/token", true, false),
        ("slack", "https://slack.com/api/oauth.v2.access", false, false),
        ("hubspot", "https://api.hubapi.com/oauth/v1/token", false, false),
        ("calendly", "https://auth.calendly.com/oauth/token", false, false),
        ("typeform", "https://api.typeform.com/oauth/token", false, false),
        ("todoist", "https://todoist.com/oauth/access_token", false, false),
        ("airtable", "https://airtable.com/oauth2/v1/token", false, true),
        ("linear", "https://api.linear.app/oauth/token", false, false),
        ("stripe", "https://connect.stripe.com/oauth/token", false, false),
        ("gmail", "https://oauth2.googleapis.com/token", false, true),
        ("google-sheets", "https://oauth2.googleapis.com/token", false, true),
        ("google-calendar", "https://oauth2.googleapis.com/token", false, true),
        ("google-drive", "https://oauth2.googleapis.com/token", false, true),
        ("dribbble", "https://dribbble.com/oauth/token", false, false),
        ("discord", "https://discord.com/api/oauth2/token", false, false),
        ("github", "https://github.com/login/oauth/access_token", false, false),
        ("procore", "https://login.procore.com/oauth/token", true, false),
    ] {
        let connector = registry.get(service).unwrap();
        let auth = connector.auth(millrace_connector::schema::AuthKind::Oauth2).unwrap_or_else(|| panic!("{service}"));
        assert_eq!(auth.token_url.as_deref(), Some(token_url), "{service}");
        assert_eq!(auth.client_auth == millrace_connector::schema::ClientAuth::Basic, basic, "{service}");
        assert_eq!(auth.pkce, pkce, "{service}");
        assert!(!auth.scope_aliases.is_empty(), "{service} has no friendly scopes");
    }
}
