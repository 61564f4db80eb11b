//! What a suggestion or a proposal changes, and what takes it back.

use crate::event::Response;
use crate::freebusy::{Block, Span};
use serde::{Deserialize, Serialize};

/// One change of one person's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A new block.
    Add {
        /// It.
        block: Block,
    },
    /// A block is taken out. It must be exactly so.
    Remove {
        /// It.
        block: Block,
    },
    /// Another time for a block.
    Move {
        /// [`Block::event`].
        event: String,
        /// Where it must be.
        from: Span,
        /// Where it goes.
        to: Span,
    },
    /// Another answer to an invitation.
    Respond {
        /// [`Block::event`].
        event: String,
        /// Where it is.
        span: Span,
        /// What the answer must be.
        from: Response,
        /// What it becomes.
        to: Response,
    },
}

/// The calendar is not what the change was made for: somebody was quicker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There is a block of that name at that time already.
    #[error("it is there already")]
    There,
    /// There is none, or it was changed meanwhile.
    #[error("it is not there any more, or not as it was")]
    Gone,
}

impl Change {
    /// What takes it back: applied after it, the calendar is what it was.
    #[must_use]
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Self::Add { block } => Self::Remove { block },
            Self::Remove { block } => Self::Add { block },
            Self::Move { event, from, to } => Self::Move { event, from: to, to: from },
            Self::Respond { event, span, from, to } => Self::Respond { event, span, from: to, to: from },
        }
    }

    /// The time it takes that was not taken.
    pub(crate) const fn claims(&self) -> Option<Span> {
        match self {
            Self::Add { block } => Some(block.span),
            Self::Move { to, .. } => Some(*to),
            Self::Remove { .. } | Self::Respond { .. } => None,
        }
    }
}

/// Makes a change, or leaves all as it is.
///
/// # Errors
/// The calendar is not what the change was made for.
pub fn apply(blocks: &mut Vec<Block>, change: &Change) -> Result<(), ChangeError> {
    let place = |blocks: &[Block], event: &str, span: Span| {
        blocks.iter().position(|block| block.event == event && block.span == span)
    };
    match change {
        Change::Add { block } => {
            if place(blocks, &block.event, block.span).is_some() {
                return Err(ChangeError::There);
            }
            blocks.push(block.clone());
        }
        Change::Remove { block } => {
            let place = blocks.iter().position(|there| there == block).ok_or(ChangeError::Gone)?;
            blocks.remove(place);
        }
        Change::Move { event, from, to } => {
            if from != to && place(blocks, event, *to).is_some() {
                return Err(ChangeError::There);
            }
            let place = place(blocks, event, *from).ok_or(ChangeError::Gone)?;
            if let Some(block) = blocks.get_mut(place) {
                block.span = *to;
            }
        }
        Change::Respond { event, span, from, to } => {
            let there = |block: &&mut Block| block.event == *event && block.span == *span && block.response == *from;
            let block = blocks.iter_mut().find(there).ok_or(ChangeError::Gone)?;
            block.response = *to;
        }
    }
    Ok(())
}
