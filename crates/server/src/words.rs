//! Closed sets of words: enums of which each member is one word, the same in rows, requests and answers.

/// Declares them: with all members, the word of each, and the way back. `as` gives one another name in the API document.
macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident $(as $schema:ident)? { $($(#[doc = $each:literal])+ $variant:ident = $word:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        // Not from `$word`: the API document would not see it. A test holds both to be the same.
        #[serde(rename_all = "snake_case")]
        $(#[schema(as = $schema)])?
        pub enum $name { $($(#[doc = $each])+ $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in rows and answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|one| one.as_str()).collect();
                    format!("is one of {}", known.join(", "))
                })
            }
        }
    )+};
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    /// The word of each member is what it is written as, and is read again.
    macro_rules! hold {
        ($($set:ty),+ $(,)?) => {$(
            for one in <$set>::ALL.iter().copied() {
                assert_eq!(serde_json::to_value(one).unwrap(), one.as_str(), "{}", stringify!($set));
                assert_eq!((one.as_str().parse(), one.to_string().as_str()), (Ok(one), one.as_str()));
            }
            assert!("no such word".parse::<$set>().unwrap_err().contains(<$set>::ALL[0].as_str()));
        )+};
    }

    #[test]
    fn words_are_the_same_everywhere() {
        hold!(
            crate::identity::Scope,
            crate::identity::StaffRole,
            crate::marketplace::CredentialMode,
            crate::marketplace::ListingStatus,
            crate::marketplace::Visibility,
            crate::oauth_apps::model::Health,
            crate::oauth_apps::model::Kind,
            crate::oauth_apps::model::Status,
            crate::rollouts::model::RolloutStatus,
            crate::rollouts::model::UpdateStatus,
            crate::users::AuthProvider,
            crate::users::UserStatus,
        );
    }
}
