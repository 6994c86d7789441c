//! The standard's closed lists of words (CAP 1.2 section 3.2), spelt as in a document.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$word_doc])* $word),+ }

        impl $name {
            /// Every word of the list, in the standard's order.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];

            /// The word as documents spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => stringify!($word)),+ }
            }

            /// The value of a word, none where the standard has no such word. Case counts.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// Whether and how to act on a message (`status`).
    Status {
        /// For all recipients to act on.
        Actual,
        /// For the participants of an exercise only.
        Exercise,
        /// For the alerting network's own functions.
        System,
        /// Technical test, all recipients disregard it.
        Test,
        /// Not to be acted on in this form.
        Draft,
    }
}

words! {
    /// What the message is (`msgType`).
    MsgType {
        /// First information.
        Alert,
        /// Replaces the messages it refers to.
        Update,
        /// Calls off the messages it refers to.
        Cancel,
        /// Acknowledges the messages it refers to.
        Ack,
        /// Refuses the messages it refers to.
        Error,
    }
}

words! {
    /// Who may see the message (`scope`).
    Scope {
        /// Anybody.
        Public,
        /// Those whom `restriction` describes.
        Restricted,
        /// Those whom `addresses` names.
        Private,
    }
}

words! {
    /// Kind of event (`category`).
    Category {
        /// Geophysical.
        Geo,
        /// Meteorological.
        Met,
        /// Public safety.
        Safety,
        /// Law enforcement, military, homeland and private security.
        Security,
        /// Rescue and recovery.
        Rescue,
        /// Fire.
        Fire,
        /// Medical and public health.
        Health,
        /// Pollution and environment.
        Env,
        /// Transport.
        Transport,
        /// Utilities and other infrastructure.
        Infra,
        /// Chemical, biological, radiological, nuclear, explosive.
        CBRNE,
        /// Anything else.
        Other,
    }
}

words! {
    /// What people are advised to do (`responseType`).
    ResponseType {
        /// Take shelter.
        Shelter,
        /// Leave the place.
        Evacuate,
        /// Make ready.
        Prepare,
        /// Do what was planned beforehand.
        Execute,
        /// Keep away.
        Avoid,
        /// Watch for more information.
        Monitor,
        /// Evaluate the message; not for public warnings.
        Assess,
        /// The event is over or no longer a threat.
        AllClear,
        /// Nothing.
        None,
    }
}

words! {
    /// How soon to act (`urgency`).
    Urgency {
        /// At once.
        Immediate,
        /// Within the next hour.
        Expected,
        /// In the near future.
        Future,
        /// No more action needed.
        Past,
        /// Not known.
        Unknown,
    }
}

words! {
    /// How bad (`severity`).
    Severity {
        /// Extraordinary threat to life or property.
        Extreme,
        /// Significant threat.
        Severe,
        /// Possible threat.
        Moderate,
        /// Minimal or no known threat.
        Minor,
        /// Not known.
        Unknown,
    }
}

words! {
    /// How sure (`certainty`).
    Certainty {
        /// Has occurred or is going on.
        Observed,
        /// More probable than about one half.
        Likely,
        /// At most about one half.
        Possible,
        /// Near nought.
        Unlikely,
        /// Not known.
        Unknown,
    }
}
