//! The meanings in French.

use std::borrow::Cow;

use super::Meaning;
use crate::step::seconds;

#[expect(clippy::too_many_lines, reason = "a list: one entry for each meaning")]
pub(super) fn words(meaning: &Meaning) -> Cow<'static, str> {
    let text = match *meaning {
        Meaning::LookUp => "Demande au résolveur les adresses du nom : TCP ne connaît que des adresses.",
        Meaning::UnknownName => "Le résolveur ne connaît aucune adresse de ce nom.",
        Meaning::Socket => {
            "Une socket est une extrémité d'une conversation à venir. Elle n'a encore ni adresse ni correspondant."
        }
        Meaning::ReuseAddress => {
            "Un serveur peut reprendre son port tout de suite, même si des restes de sa dernière exécution le tiennent en TIME-WAIT ; il faut que celle-ci ait activé l'option aussi."
        }
        Meaning::NoDelay => {
            "L'algorithme de Nagle est coupé : un petit message part tout de suite, sans attendre que le précédent soit acquitté."
        }
        Meaning::DualStack => {
            "Cette socket IPv6 accepte aussi les clients IPv4 : une seule écoute pour les deux."
        }
        Meaning::OnlyV6 => "Cette socket n'accepte que les clients IPv6.",
        Meaning::ResetOnClose => "Désormais close envoie un RST, et non une fin en bon ordre (FIN).",
        Meaning::Option => "Règle une option de la socket.",
        Meaning::Bind => {
            "La socket reçoit son adresse et son port : c'est là que les clients la chercheront."
        }
        Meaning::BindAnyPort => {
            "La socket reçoit son adresse. Avec le port 0, le système choisit un port libre."
        }
        Meaning::BindClient => {
            "Notre propre adresse et notre port, avant connect. La plupart des clients s'en passent : connect les choisit."
        }
        Meaning::AddressTaken => {
            "Une autre socket tient cette adresse et ce port. `raccord port` dit laquelle."
        }
        Meaning::Listen { backlog } => {
            return format!(
                "Désormais le système établit les connexions pour cette socket. Un backlog de {backlog} en retient {} en \
                 attente d'accept ; les suivantes attendent dehors, sans être refusées.",
                u64::from(backlog) + 1
            )
            .into();
        }
        Meaning::Accept => {
            "Un client était là. accept a donné une nouvelle socket, pour cette seule conversation ; la première écoute toujours."
        }
        Meaning::Connect => {
            "La poignée de main est faite (SYN, SYN-ACK, ACK) : les deux côtés peuvent parler."
        }
        Meaning::ConnectLater => {
            "La poignée de main est faite (SYN, SYN-ACK, ACK) : les deux côtés peuvent parler. connect ne l'a pas attendue \
             (EINPROGRESS), car la socket n'est pas bloquante."
        }
        Meaning::Refused => {
            "L'autre machine a refusé (RST) : personne n'écoute sur ce port, ou un pare-feu refuse à sa place."
        }
        Meaning::NoAnswer => {
            "Rien n'est revenu : la machine est éteinte, l'adresse est fausse, ou un pare-feu jette les paquets."
        }
        Meaning::Overtaken => {
            "Le nom a plusieurs adresses, et une autre a répondu la première : cet essai est abandonné (Happy Eyeballs, RFC 8305)."
        }
        Meaning::Unreachable => "Aucun chemin ne mène d'ici à cette adresse.",
        Meaning::LocalAddress => "Demande au système quelle adresse et quel port la socket a de ce côté.",
        Meaning::PeerAddress => {
            "Demande l'adresse de l'autre côté. Il y en a une : la connexion est donc établie."
        }
        Meaning::NoPeer => "Il n'y a pas d'autre côté : la connexion n'a pas été établie.",
        Meaning::Peek => "Regarde la socket sans rien prendre : une erreur en attente se montre.",
        Meaning::WaitingError => "Demande quelle erreur attend sur la socket.",
        Meaning::Send => {
            "Le système a pris les octets et les envoie. Cela ne dit pas si l'autre côté les a déjà."
        }
        Meaning::SendPartly => {
            "Le système n'a pris qu'une partie des octets : son tampon est plein. Le reste suivra quand il y aura de la place."
        }
        Meaning::SendFull => {
            "Le tampon du système est plein : l'autre côté n'a pas pris ce qu'il contient. Nous attendons qu'il y ait de la place."
        }
        Meaning::Receive => {
            "Prend ce qui est arrivé. TCP ne garde pas les limites : ce peut être une partie d'un envoi, ou plusieurs."
        }
        Meaning::NothingYet => {
            "Il n'y a encore rien. La socket n'est pas bloquante : nous serons réveillés quand il viendra quelque chose."
        }
        Meaning::PeerEnded => {
            "0 octet : l'autre côté a fini sa moitié (FIN). Il n'enverra plus rien, mais lit peut-être encore."
        }
        Meaning::PeerEndedToo => {
            "0 octet : l'autre côté a fini sa moitié aussi (FIN). Les deux sens sont terminés."
        }
        Meaning::NothingMore => "0 octet : plus rien ne viendra d'une connexion rompue.",
        Meaning::EndOurHalf => {
            "Une demi-fermeture : nous n'envoyons plus rien (FIN), et lisons encore. Certains serveurs abandonnent alors leur \
             réponse : --no-shutdown est pour eux."
        }
        Meaning::EndOurHalfAsServer => {
            "Une demi-fermeture : nous n'envoyons plus rien (FIN), et lisons encore ce que le client envoie."
        }
        Meaning::EndOurHalfToo => {
            "Nous finissons notre moitié aussi (FIN) : les deux sens sont terminés, en bon ordre."
        }
        Meaning::Reset => {
            "L'autre côté a envoyé un RST : il a rompu la connexion, et ce qui était en route est perdu."
        }
        Meaning::BrokenPipe => {
            "Nous avons écrit dans une connexion terminée : l'autre côté l'avait rompue (RST)."
        }
        Meaning::Lost => "L'autre côté ne répond plus, et le système a abandonné la connexion.",
        Meaning::CloseListener => {
            "Plus personne n'écoute : qui se connecte maintenant est refusé. Les conversations acceptées continuent."
        }
        Meaning::CloseUnconnected => "La socket est rendue. Il n'y avait pas de connexion à finir.",
        Meaning::CloseTimeWaitHere { left } => {
            return format!(
                "Notre moitié a fini la première : le système garde notre côté en TIME-WAIT{}, pour que des paquets en retard n'entrent \
                 pas dans une nouvelle conversation. Il tient le port.",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseTimeWaitThere { left } => {
            return format!(
                "Il ne reste rien ici. La moitié de l'autre côté a fini la première : c'est lui qui reste en TIME-WAIT{}.",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseWaitsForPeer => {
            "Le programme en a fini. Le système attend encore la fin de la moitié de l'autre côté."
        }
        Meaning::CloseWaitsForAcknowledgement => {
            "Le programme en a fini. Le système attend encore que l'autre côté acquitte notre fin."
        }
        Meaning::CloseReset => "Un RST est parti : il ne reste rien ici, pas même un TIME-WAIT.",
        Meaning::CloseBroken => "La connexion rompue est rendue : il n'en reste rien ici.",
        Meaning::CloseGone => "La connexion est terminée : le système n'en garde rien ici.",
        Meaning::Close => "La socket est rendue.",
        Meaning::Failed => "Le système a refusé l'appel.",
    };
    text.into()
}

fn for_so_long(left: Option<std::time::Duration>) -> String {
    left.map_or_else(String::new, |left| format!(" pendant {} s", seconds(left)))
}
