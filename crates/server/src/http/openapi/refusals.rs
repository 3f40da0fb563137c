//! What an operation may answer when it refuses a request, as far as that follows from what it reads: its extractors refuse
//! alike everywhere, so handlers document only the refusals that are their own.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, Schema, SecurityRequirement};

use super::operations;

const PROBLEM: &str = "application/problem+json";

/// What an operation takes from a request.
struct Reads {
    /// A credential; the operator's token is one.
    credential: bool,
    /// The operator's token and no other credential: it has no permissions to lack.
    operator: bool,
    path: bool,
    query_or_header: bool,
    body: bool,
    /// A body of a named schema is read as JSON; any other is taken as it comes.
    json: bool,
    /// Whether it asks the database.
    store: bool,
    writes: bool,
}

/// One refusal that many operations share: its status, its name among the document's components, what it says, and whose it is.
struct Refusal(&'static str, &'static str, &'static str, fn(&Reads) -> bool);

const REFUSALS: [Refusal; 12] = [
    Refusal("400", "InvalidRequest", "A parameter or the body makes no sense; `errors[]` names the fields", |reads| reads.query_or_header || reads.body),
    Refusal("401", "NotSignedIn", "No credential, or none that is good here", |reads| reads.credential),
    Refusal("403", "NotAllowed", "The caller is known and may not do this", |reads| reads.credential && !reads.operator),
    Refusal("404", "NotFound", "There is no such thing in this workspace", |reads| reads.path),
    Refusal("408", "BodyTimeout", "`BODY_TIMEOUT`", |reads| reads.body),
    Refusal("413", "BodyTooLarge", "`BODY_TOO_LARGE`", |reads| reads.body),
    Refusal("415", "UnsupportedMediaType", "`UNSUPPORTED_MEDIA_TYPE`: the body is not sent as JSON", |reads| reads.json),
    Refusal("429", "TooManyRequests", "`RATE_LIMITED`; `Retry-After` says when to come again", |reads| reads.credential),
    Refusal("431", "HeadersTooLarge", "`HEADERS_TOO_LARGE`: address and headers together", |_| true),
    Refusal("500", "Internal", "`INTERNAL`: our mistake", |_| true),
    Refusal("503", "Unavailable", "Not now, and nothing was changed; `Retry-After` says when to come again", |reads| reads.store),
    Refusal("507", "StorageFull", "`STORAGE_FULL`: there is no room to store this, and nothing was changed", |reads| reads.store && reads.writes),
];

/// Adds the shared refusals to every operation, and makes problem details of all refusals.
pub(super) fn add(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for Refusal(_, name, description, _) in &REFUSALS {
        components.responses.insert((*name).to_owned(), RefOr::T(refusal(description)));
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let reads = Reads::of(method, path, operation);
            let responses = &mut operation.responses.responses;
            for Refusal(status, name, _, applies) in &REFUSALS {
                if applies(&reads) {
                    // What the handler says about it is closer to the truth.
                    responses.entry((*status).to_owned()).or_insert_with(|| RefOr::Ref(Ref::from_response_name(*name)));
                }
            }
            for (status, response) in responses {
                if let RefOr::T(response) = response
                    && status.starts_with(['4', '5'])
                {
                    as_problem(response);
                }
            }
        }
    }
}

impl Reads {
    fn of(method: &str, path: &str, operation: &Operation) -> Self {
        let open = operation.security.as_ref().is_some_and(|all| all.iter().any(|one| *one == SecurityRequirement::default()));
        let parameters = operation.parameters.iter().flatten().filter_map(|one| if let RefOr::T(parameter) = one { Some(&parameter.parameter_in) } else { None });
        let (in_path, elsewhere): (Vec<_>, Vec<_>) = parameters.partition(|place| **place == ParameterIn::Path);
        let is_named = |content: &RefOr<Content>| matches!(content, RefOr::T(Content { schema: Some(schema), .. }) if !matches!(schema, RefOr::T(Schema::Object(_))));
        let json = operation.request_body.as_ref().is_some_and(|body| match body {
            RefOr::T(body) => body.content.values().any(is_named),
            RefOr::Ref(_) => true,
        });
        // Health, this document and the pages about it are answered from memory; health says by itself what else it answers.
        let about_itself = open && operation.tags.iter().flatten().any(|tag| tag == "server");
        Self {
            credential: !open,
            operator: path.starts_with("/api/admin/"),
            path: !in_path.is_empty(),
            query_or_header: !elsewhere.is_empty(),
            body: operation.request_body.is_some(),
            json,
            store: !about_itself,
            writes: method != "get",
        }
    }
}

fn refusal(description: &str) -> Response {
    let mut response = Response::new(description);
    as_problem(&mut response);
    response
}

/// Handlers write `body = Problem`, or nothing; both mean problem details. Anything else is meant as it stands.
fn as_problem(response: &mut Response) {
    let problem = Ref::from_schema_name("Problem");
    let means_problem = |content: &RefOr<Content>| matches!(content, RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) if schema.ref_location == problem.ref_location);
    if response.content.is_empty() || response.content.values().any(means_problem) {
        response.content.clear();
        response.content.insert(PROBLEM.to_owned(), RefOr::T(Content::new(Some(problem))));
    }
}
