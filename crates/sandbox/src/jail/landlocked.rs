//! Landlock: no file and no network, whatever the process does.

use landlock::{
    ABI, Access, AccessFs, AccessNet, Compatible, CompatLevel, Ruleset, RulesetAttr, RulesetStatus, Scope,
};

/// The newest rule set whose meaning was checked; older kernels enforce the part they know.
const KNOWN: ABI = ABI::V6;

/// Forbids every access Landlock can forbid. Answers whether files are out of reach, and what the kernel said.
pub(super) fn restrict() -> Result<(bool, String), String> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(KNOWN)))
        .and_then(|rules| rules.scope(Scope::from_all(KNOWN)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self)
        .map_err(|error| error.to_string())?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => (true, "fully".into()),
        RulesetStatus::PartiallyEnforced => (true, "partially".into()),
        RulesetStatus::NotEnforced => (false, "not enforced".into()),
    })
}
