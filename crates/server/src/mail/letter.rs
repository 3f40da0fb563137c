//! What each mail says. One list of blocks makes both the text and the HTML, so that they always agree.

use millrace_clock::Timestamp;

use super::layout::{Block, Letter, Rendered};
use super::limits::SHOWN;
use super::template::{SecretLink, Template};

impl Template {
    /// The mail as it is sent.
    pub(super) fn render(&self) -> Rendered {
        self.letter().render()
    }

    fn letter(&self) -> Letter {
        match self {
            Self::WelcomeSso { name, workspace, open_url } => {
                let into = workspace.as_deref().map_or_else(String::new, |w| format!(" You are a member of {}.", shown(w)));
                Letter::new("Welcome to Millrace", greeting(name.as_deref()))
                    .text(format!("Your account is ready.{into} You sign in through your organisation, so there is no password to remember."))
                    .button("Open Millrace", open_url)
            }
            Self::Welcome { name, open_url } => Letter::new("Welcome to Millrace", greeting(name.as_deref()))
                .text("Your e-mail address is confirmed and your account is ready.")
                .button("Open Millrace", open_url),
            Self::VerifyEmail { link, expires_at } => Letter::new("Confirm your e-mail address", "Confirm your e-mail address")
                .text("Somebody, we hope you, signed up to Millrace with this address.")
                .secret("Confirm address", link, *expires_at)
                .quiet("If it was not you, ignore this mail: without the link nothing happens."),
            Self::PasswordReset { link, expires_at, ip } => Letter::new("Reset your password", "Reset your password")
                .text(format!("Somebody asked for a new password for your Millrace account{}.", from(ip.as_deref())))
                .secret("Choose a new password", link, *expires_at)
                .quiet("If it was not you, ignore this mail: your password stays as it is."),
            Self::PasswordResetSuccess { at, ip, reset_url } => Letter::new("Your password was changed", "Your password was changed")
                .text(format!("The password of your Millrace account was changed on {}{}. All devices were signed out.", moment(*at), from(ip.as_deref())))
                .text("If it was not you, somebody can read your mail. Secure your mailbox, then reset the password:")
                .button("Reset the password", reset_url),
            Self::LoginNewDevice { at, device, ip, sessions_url } => Letter::new("New sign-in to your account", "New sign-in to your account")
                .text("Your Millrace account was used from a device that we have not seen before.")
                .facts(vec![("When", moment(*at)), ("Device", shown(device)), ("Address", address(ip.as_deref()))])
                .text("If it was not you, sign that device out and change your password.")
                .button("See your devices", sessions_url),
            Self::SecondFactorAdded { name, at, ip, security_url } => Letter::new("A second factor was added", "A second factor was added")
                .text("From now on your Millrace account asks for a code besides the password.")
                .facts(vec![("Name", shown(name)), ("When", moment(*at)), ("Address", address(ip.as_deref()))])
                .text("If it was not you, reset your password, then remove it.")
                .button("See your second factors", security_url),
            Self::PasskeyAdded { name, at, ip, security_url } => Letter::new("A passkey was added", "A passkey was added")
                .text("From now on this passkey signs in to your Millrace account alone, and stands beside your password as a second factor.")
                .facts(vec![("Name", shown(name)), ("When", moment(*at)), ("Address", address(ip.as_deref()))])
                .text("If it was not you, reset your password, then remove it.")
                .button("See your passkeys", security_url),
            Self::SecondFactorsReset { at, security_url } => Letter::new("Your second factors were removed", "Your second factors were removed")
                .text(format!("On {} the operator of this Millrace server removed all authenticator apps, passkeys and recovery codes of your account, and signed out all devices.", moment(*at)))
                .text("If you did not ask for it, tell the operator at once and reset your password.")
                .button("Add a second factor", security_url),
            Self::SecondFactorRemoved { name, others, at, ip, security_url } => Letter::new("A second factor was removed", "A second factor was removed")
                .text(if *others { "Your Millrace account goes on asking for another one." } else { "From now on your Millrace account asks for the password alone." })
                .facts(vec![("Name", shown(name)), ("When", moment(*at)), ("Address", address(ip.as_deref()))])
                .text("If it was not you, reset your password, then add a second factor again.")
                .button("See your second factors", security_url),
            Self::RecoveryCodeUsed { left, at, ip, security_url } => Letter::new("A recovery code was used", "A recovery code was used")
                .text("Somebody, we hope you, used a recovery code of your Millrace account in place of a second factor.")
                .facts(vec![("Codes left", left.to_string()), ("When", moment(*at)), ("Address", address(ip.as_deref()))])
                .text("If it was not you, reset your password, then make new recovery codes.")
                .button("See your second factors", security_url),
            Self::DomainMissing { workspace, domain, record_name, record_text, until, settings_url } => {
                let (workspace, domain) = (shown(workspace), shown(domain));
                Letter::new(format!("The record of {domain} is gone"), "A TXT record is gone")
                    .text(format!("The domain {domain} of the workspace {workspace} was verified by a TXT record, which name servers do not show any more."))
                    .facts(vec![("Name", shown(record_name)), ("Text", shown(record_text)), ("Until", moment(*until))])
                    .text("Publish it again until then. Otherwise nobody joins by this domain any more, and people of it are signed out of your own single sign-on.")
                    .button("See your domains", settings_url)
            }
            Self::DomainLapsed { workspace, domain, record_name, record_text, settings_url } => {
                let (workspace, domain) = (shown(workspace), shown(domain));
                Letter::new(format!("{domain} is not verified any more"), "A domain is not verified any more")
                    .text(format!("The TXT record of {domain} has been gone for a week. Nobody joins the workspace {workspace} by this domain, and people of it cannot use your own single sign-on."))
                    .facts(vec![("Name", shown(record_name)), ("Text", shown(record_text))])
                    .text("Once the record is published again, the domain counts again within a day.")
                    .button("See your domains", settings_url)
            }
            Self::ConnectionExpired { workspace, service, name, at, reconnect_url } => {
                let (workspace, service) = (shown(workspace), shown(service));
                Letter::new(format!("Connect {service} again"), "An account must be connected again")
                    .text(format!("The connection to {service} in the workspace {workspace} has ended: the provider does not take it any more. Workflows that use it fail until it is made again."))
                    .facts(vec![("Connection", shown(name)), ("When", moment(*at))])
                    .button("Connect again", reconnect_url)
            }
            Self::OauthAppUnhealthy { provider, error, at, apps_url } => {
                let provider = shown(provider);
                Letter::new(format!("Your app for {provider} is refused"), "An app does not work any more")
                    .text(format!("The provider {provider} refuses your app. People cannot connect accounts with it, and what it connected is not renewed."))
                    .facts(vec![("It said", shown(error)), ("When", moment(*at))])
                    .button("See your apps", apps_url)
            }
            Self::TeamInvitation { workspace, inviter, role, link, expires_at } => invitation(workspace, inviter, role, link, *expires_at, "You need an account with this e-mail address; the link leads there."),
            Self::TeamInvitationSso { workspace, inviter, role, link, expires_at } => invitation(workspace, inviter, role, link, *expires_at, "You sign in through your organisation: no password is needed."),
            Self::InvitationAccepted { workspace, member, role, members_url } => {
                let (workspace, member) = (shown(workspace), shown(member));
                Letter::new(format!("{member} joined {workspace}"), "Your invitation was accepted")
                    .text(format!("{member} is now a member of {workspace} with the role {}.", shown(role)))
                    .button("See the members", members_url)
            }
            Self::ApiKeyCreated { workspace, name, last4, scopes, by, ip, expires_at, at, keys_url } => {
                let workspace = shown(workspace);
                let ends = expires_at.map_or_else(|| "never".to_owned(), moment);
                let scopes = if scopes.is_empty() { "everything its role allows".to_owned() } else { scopes.iter().map(|s| shown(s)).collect::<Vec<_>>().join(", ") };
                let mut facts = vec![("Name", shown(name)), ("Ends in", shown(last4)), ("May do", scopes), ("Expires", ends), ("Made by", shown(by)), ("When", moment(*at))];
                facts.extend(ip.as_deref().map(|ip| ("From", shown(ip))));
                Letter::new(format!("New API key in {workspace}"), "An API key was made")
                    .text(format!("There is a new API key in the workspace {workspace}. Whoever has it may act there."))
                    .facts(facts)
                    .text("If nobody of you made it, revoke it.")
                    .button("See the keys", keys_url)
            }
            Self::ApiKeyRevoked { workspace, name, last4, by, at } => {
                let workspace = shown(workspace);
                Letter::new(format!("API key revoked in {workspace}"), "An API key was revoked")
                    .text(format!("An API key of the workspace {workspace} was revoked. Programs that still use it are refused."))
                    .facts(vec![("Name", shown(name)), ("Ended in", shown(last4)), ("Revoked by", shown(by)), ("When", moment(*at))])
            }
            Self::RolloutHalted { workflow, version, reason, rolled_back, at, rollout_url } => {
                let (workflow, version) = (shown(workflow), shown(version));
                let then = if *rolled_back { "Installations that had it go back to the version before." } else { "Installations that have it keep it; nobody else gets it." };
                Letter::new(format!("{workflow} {version} is not rolled out any further"), "A rollout was halted")
                    .text(format!("The rollout of version {version} of {workflow} was halted. {then}"))
                    .facts(vec![("Why", shown(reason)), ("When", moment(*at))])
                    .button("See the rollout", rollout_url)
            }
            Self::MigrationFailed { workflow, version, code, at, rollout_url } => {
                let (workflow, version) = (shown(workflow), shown(version));
                Letter::new(format!("{workflow} {version}: a migration fails"), "A migration fails")
                    .text(format!("An installation of {workflow} could not be migrated to version {version}. It works on with the version that it had; the rollout goes on. Later failures of the same rollout are counted there and not mailed."))
                    .facts(vec![("What", shown(code)), ("When", moment(*at))])
                    .button("See the rollout", rollout_url)
            }
            Self::AlertFiring { workflow, alert, condition, window, value, at, alerts_url } => {
                let (workflow, alert) = (shown(workflow), shown(alert));
                Letter::new(format!("{alert}: {workflow}"), "An alert fires")
                    .text(format!("The alert {alert} about the workflow {workflow} fires. You are told when it does not any more, and nothing until then."))
                    .facts(vec![("Fires when", shown(condition)), ("Within", shown(window)), ("It is", shown(value)), ("When", moment(*at))])
                    .button("See the alerts", alerts_url)
            }
            Self::AlertResolved { workflow, alert, condition, at, alerts_url } => {
                let (workflow, alert) = (shown(workflow), shown(alert));
                Letter::new(format!("Resolved: {alert}: {workflow}"), "An alert is resolved")
                    .text(format!("The alert {alert} about the workflow {workflow} does not fire any more."))
                    .facts(vec![("Fires when", shown(condition)), ("When", moment(*at))])
                    .button("See the alerts", alerts_url)
            }
            Self::SpendCapReached { workspace, cap, month, stops, at, billing_url } => {
                let (workspace, cap) = (shown(workspace), shown(cap));
                let then = if *stops { "Runs of priced workflows do not begin any more until the next month, or until you raise the cap." } else { "Runs go on and are charged: the cap only warns." };
                Letter::new(format!("{workspace} has spent {cap}"), "A spend cap is reached")
                    .text(format!("The workspace {workspace} has spent what it wants to spend in a month. {then}"))
                    .facts(vec![("Cap", cap), ("Month", shown(month)), ("When", moment(*at))])
                    .button("See what was spent", billing_url)
            }
            Self::WorkspaceDeactivated { workspace, by, deleted_on, at } => {
                let workspace = shown(workspace);
                let by = by.as_deref().map_or_else(|| "the operator".to_owned(), shown);
                Letter::new(format!("{workspace} will be deleted"), "A workspace is closed")
                    .text(format!("The workspace {workspace} is closed: nobody gets in, and nothing runs. Everything in it is deleted for good on {}.", moment(*deleted_on)))
                    .facts(vec![("Closed by", by), ("When", moment(*at))])
                    .text("Until then the operator of the server can open it again.")
            }
        }
    }
}

fn invitation(workspace: &str, inviter: &str, role: &str, link: &SecretLink, expires_at: Timestamp, how: &str) -> Letter {
    let (workspace, inviter) = (shown(workspace), shown(inviter));
    Letter::new(format!("{inviter} invites you to {workspace}"), format!("Join {workspace}"))
        .text(format!("{inviter} invites you to the workspace {workspace} on Millrace, with the role {}.", shown(role)))
        .text(how)
        .secret("Accept the invitation", link, expires_at)
        .quiet("If you do not know who this is from, ignore this mail.")
}

impl Letter {
    /// The button of a link that only the reader may have, and until when it works.
    fn secret(mut self, label: &'static str, link: &SecretLink, expires_at: Timestamp) -> Self {
        if link.expose().is_empty() {
            self.blocks.push(Block::Quiet(format!("[{label}: the link is not kept]")));
            return self;
        }
        self.blocks.push(Block::Button { label, url: link.expose().to_owned() });
        self.quiet(format!("The link works once, until {}.", moment(expires_at)))
    }
}

fn greeting(name: Option<&str>) -> String {
    name.map(shown).filter(|name| !name.is_empty()).map_or_else(|| "Welcome".to_owned(), |name| format!("Welcome, {name}"))
}

fn from(ip: Option<&str>) -> String {
    ip.map_or_else(String::new, |ip| format!(" from the address {}", shown(ip)))
}

fn address(ip: Option<&str>) -> String {
    ip.map_or_else(|| "unknown".to_owned(), shown)
}

fn moment(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// A text that somebody chose, as it may stand in a mail to somebody else: one line, of bounded length, without characters
/// that hide or turn others, and without an address that mail programs would make a link of.
pub(super) fn shown(text: &str) -> String {
    let unseen = |c: &char| matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    let clean: String = text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c }).filter(|c| !unseen(c)).collect();
    let line = clean.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").replace("://", ": //");
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}
