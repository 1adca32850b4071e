//! The meanings in French.

use std::borrow::Cow;

use super::Meaning;
use crate::lang::Lang;
use crate::step::seconds;

#[expect(clippy::too_many_lines, reason = "a list: one entry for each meaning")]
pub(super) fn words(meaning: &Meaning) -> Cow<'static, str> {
    let text = match *meaning {
        Meaning::LookUp => "Demande au résolveur les adresses du nom : TCP ne connaît que des adresses.",
        Meaning::UnknownName => {
            "Le résolveur n'a donné aucune adresse pour ce nom : il n'en connaît pas, ou n'a pas pu se renseigner."
        }
        Meaning::Socket => {
            "Une socket est une extrémité d'une conversation à venir. Elle n'a encore ni adresse ni correspondant."
        }
        Meaning::ReuseAddress => {
            "Le port peut être repris tout de suite, même si des connexions d'une exécution précédente y sont encore en TIME-WAIT ; \
             il faut que celle-ci ait activé l'option aussi."
        }
        Meaning::NoDelay => {
            "L'algorithme de Nagle est désactivé : un petit message part tout de suite, sans attendre que le précédent soit acquitté."
        }
        Meaning::DualStack => {
            "Attachée à toutes les adresses ([::]), cette socket IPv6 accepte aussi les clients IPv4 : une seule écoute pour les deux."
        }
        Meaning::OnlyV6 => "Cette socket n'accepte que les clients IPv6.",
        Meaning::ReusePort => {
            "Plusieurs sockets d'un même utilisateur peuvent écouter à la même adresse et sur le même port, si chacune a \
             activé cette option. Linux répartit les clients entre elles."
        }
        Meaning::KeepAlive => {
            "Après un silence, le système demande si l'autre côté est toujours là (une sonde). Quand plusieurs sondes de \
             suite restent sans réponse, il abandonne la connexion."
        }
        Meaning::KeepAliveAfter { seconds } => {
            return format!(
                "La première sonde part quand rien n'est arrivé de l'autre côté pendant {seconds} s."
            )
            .into();
        }
        Meaning::KeepAliveEvery { seconds } => {
            return format!("Une sonde restée sans réponse est suivie d'une autre au bout de {seconds} s.")
                .into();
        }
        Meaning::SendBuffer => {
            "La taille, en octets, du tampon du système pour ce que nous envoyons. Linux la limite à net.core.wmem_max, la \
             double pour sa propre gestion, et ne l'adapte plus de lui-même."
        }
        Meaning::ReceiveBuffer => {
            "La taille, en octets, du tampon du système pour ce qui arrive ; elle borne la fenêtre. Linux la limite à \
             net.core.rmem_max, la double pour sa propre gestion, et ne l'adapte plus de lui-même."
        }
        Meaning::ResetOnClose => "Désormais close envoie un RST au lieu d'une fin normale (FIN).",
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
            "Une autre socket occupe ce port, à la même adresse ou à une adresse qui la recouvre. `raccord port` dit laquelle."
        }
        Meaning::Listen { backlog } => {
            return format!(
                "Désormais le système établit les connexions pour cette socket. Avec un backlog de {backlog}, {} d'entre \
                 elles peuvent attendre accept, moins si net.core.somaxconn est plus bas ; les suivantes attendent dehors, \
                 sans être refusées.",
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
            "Refusé : personne n'écoute sur ce port (un RST est revenu), ou un pare-feu refuse à sa place (RST ou ICMP)."
        }
        Meaning::NoAnswer => {
            "Rien n'est revenu pendant l'attente : la machine est peut-être éteinte, l'adresse fausse, le backlog du serveur \
             plein, ou un pare-feu écarte les paquets."
        }
        Meaning::Overtaken => {
            "Le nom a plusieurs adresses, et une autre a répondu la première : cet essai est abandonné (Happy Eyeballs, RFC 8305)."
        }
        Meaning::Unreachable => {
            "Cette adresse est injoignable : aucune route n'y mène, aucune machine de son réseau ne répond pour elle, ou un \
             routeur ou un pare-feu refuse."
        }
        Meaning::LocalAddress => "Demande au système quelle adresse et quel port la socket a de ce côté.",
        Meaning::PeerAddress => {
            "Demande l'adresse de l'autre côté. Il y en a une : la connexion est donc établie."
        }
        Meaning::NoPeer => {
            "Il n'y a pas d'autre côté : la connexion n'a pas été établie, ou elle est déjà terminée."
        }
        Meaning::Peek => {
            "Regarde ce qui est arrivé et laisse les octets en place ; si une erreur est en attente, c'est elle que l'appel renvoie."
        }
        Meaning::WaitingError => "Demande si une erreur est en attente sur la socket.",
        Meaning::Send => {
            "Le système a pris les octets et les envoie. Cela ne dit pas si l'autre côté les a déjà."
        }
        Meaning::SendPartly => {
            "Le système n'a pris qu'une partie des octets : son tampon est plein. Le reste suivra quand il y aura de la place."
        }
        Meaning::SendFull => {
            "Le tampon du système est plein d'octets que l'autre côté n'a pas encore acquittés. Nous attendons qu'il y ait de la place."
        }
        Meaning::Receive => {
            "Prend ce qui est arrivé. TCP ne garde pas les limites des messages : ce peut être une partie d'un envoi, ou plusieurs envois."
        }
        Meaning::NothingYet => {
            "Il n'y a encore rien. La socket n'est pas bloquante : nous serons réveillés quand quelque chose arrivera."
        }
        Meaning::HandshakeFailed => {
            "TLS : les deux côtés ne se sont pas mis d'accord, ou l'un n'a pas cru l'autre. Sans clés, rien ne peut être dit, et la connexion se termine."
        }
        Meaning::Handshake => {
            "TLS : les deux côtés se sont mis d'accord sur un chiffrement et des clés que personne d'autre n'a, et le serveur a montré son certificat. Tout est désormais chiffré, en enregistrements un peu plus longs que ce qui est dit."
        }
        Meaning::PeerEnded => {
            "0 octet : l'autre côté a terminé sa moitié (FIN). Il n'enverra plus rien, mais lit peut-être encore."
        }
        Meaning::PeerEndedToo => {
            "0 octet : l'autre côté a terminé sa moitié aussi (FIN). Les deux sens sont fermés."
        }
        Meaning::NothingMore => "0 octet : plus rien ne viendra d'une connexion rompue.",
        Meaning::EndOurHalf => {
            "Une demi-fermeture : nous n'envoyons plus rien (FIN), mais lisons encore. Certains serveurs, en la voyant, \
             n'envoient pas leur réponse : --no-shutdown est fait pour eux."
        }
        Meaning::EndOurHalfAsServer => {
            "Une demi-fermeture : nous n'envoyons plus rien (FIN), et lisons encore ce que le client envoie."
        }
        Meaning::EndOurHalfToo => {
            "Nous terminons notre moitié aussi (FIN) : les deux sens sont fermés, normalement."
        }
        Meaning::Reset => {
            "L'autre côté a envoyé un RST : il a rompu la connexion, et ce qui était en route est perdu."
        }
        Meaning::BrokenPipe => {
            "Nous avons écrit dans une connexion terminée : l'autre côté l'avait rompue (RST)."
        }
        Meaning::Lost => "L'autre côté ne répond plus, et le système a abandonné la connexion.",
        Meaning::CloseListener => {
            "Plus personne n'écoute ici : un client qui se connecte maintenant est refusé, et celui qui attend encore accept \
             reçoit un RST. Les conversations acceptées continuent."
        }
        Meaning::CloseUnconnected => "La socket est libérée. Il n'y a pas de connexion à terminer.",
        Meaning::CloseTimeWaitHere { left } => {
            return format!(
                "Notre moitié s'est terminée la première : le système garde notre côté en TIME-WAIT{}, pour que des paquets \
                 en retard n'entrent pas dans une nouvelle conversation. Le port reste occupé.",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseTimeWaitThere { left } => {
            return format!(
                "Il ne reste rien ici. La moitié de l'autre côté s'est terminée la première : c'est lui qui reste en \
                 TIME-WAIT{}.",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseWaitsForPeer => {
            "Le programme en a terminé. Le système attend encore que l'autre côté termine sa moitié."
        }
        Meaning::CloseWaitsForAcknowledgement => {
            "Le programme en a terminé. Le système attend encore que l'autre côté acquitte notre FIN."
        }
        Meaning::CloseReset => "Un RST est parti : il ne reste rien ici, pas même un TIME-WAIT.",
        Meaning::CloseBroken => "La connexion rompue est libérée : il n'en reste rien ici.",
        Meaning::CloseGone => "La connexion est terminée : le système n'en garde rien ici.",
        Meaning::Close => "La socket est libérée.",
        Meaning::Failed => "Le système a refusé l'appel.",
        Meaning::Unix(unix) => return unix.words(Lang::French),
    };
    text.into()
}

fn for_so_long(left: Option<std::time::Duration>) -> String {
    left.map_or_else(String::new, |left| format!(" pendant {} s", seconds(left)))
}
