//! What the function works with.

use crate::MailConfig;
use crate::smtp::Smtp;
use attune_domain::Cell;
use attune_functions_kit::Kit;
use attune_functions_kit::secret::Secrets;
use attune_functions_kit::store::Store;
use lettre::message::Mailbox;

/// The function.
#[derive(Debug)]
pub struct SendMail {
    pub(crate) cell: Cell,
    pub(crate) store: Store,
    pub(crate) smtp: Smtp,
    pub(crate) from: Mailbox,
}

impl SendMail {
    /// From the kit, the server and the sender.
    pub fn new(kit: &Kit, mail: MailConfig) -> Self {
        Self {
            cell: kit.config.cell.clone(),
            store: Store::new(kit.aws.dynamodb.clone(), &kit.config.table_prefix),
            smtp: Smtp::new(mail.server, Secrets::new(kit.config.clone()), mail.secret_id),
            from: mail.from,
        }
    }
}
