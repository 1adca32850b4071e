//! The tour in French. Its blanks before ; : ! ? are written plainly here and made narrow and fixed by `typeset`.

use std::time::Duration;

use raccord_core::event::End;

use super::words::Words;

pub(super) struct French;

impl Words for French {
    fn title(&self) -> &'static str {
        "Une visite guidée de TCP"
    }

    fn opening(&self) -> &'static str {
        "Un serveur et un client se parlent sur cette machine, puis quatre expériences montrent ce que TCP fait avant et \
         après. Chaque socket est réelle, sur la boucle locale (127.0.0.1). Rien ne quitte cette machine, et ce que \
         vous lisez vient de se passer."
    }

    fn chapters(&self) -> [&'static str; 5] {
        [
            "Un client et un serveur se parlent",
            "Qui garde TIME-WAIT",
            "SO_REUSEADDR, ou comment retrouver le port",
            "Quand le backlog est plein",
            "À quoi sert la demi-fermeture",
        ]
    }

    fn openings(&self) -> [&'static str; 5] {
        [
            "Le serveur est à gauche, le client à droite, chaque étape au moment où elle s’est achevée : accept peut donc se trouver \
             au-dessus du connect auquel il répond. Une étape est un appel système, avec ses arguments et son résultat ; \
             quand l’état des deux côtés a changé, il est écrit en dessous. Le texte voyage en GBK, comme dans le cours ; \
             ses octets sont écrits dessous, et ceux qui ne sont pas ASCII sous la forme \\xHH.",
            "Une connexion ne disparaît pas aussitôt qu’on la ferme. En voici deux : sur l’une, le serveur appelle close() \
             en premier, sur l’autre, le client. Les états sont ceux que montre la table des sockets du noyau, \
             sous les noms de la RFC 9293 et de ss (netstat écrit TIME_WAIT).",
            "Un ancien serveur a fermé sa connexion en premier, puis s’est arrêté : TIME-WAIT reste sur son port. Un \
             nouveau serveur veut ce port. Qui active SO_REUSEADDR avant bind() ? Aucun des deux, un \
             seul, ou les deux : quatre cas, chacun réalisé à l’instant.",
            "Un serveur appelle listen() avec un backlog de 1, et n’appelle pas accept(). Des clients arrivent, l’un après \
             l’autre.",
            "TCP transporte des octets, et rien en eux ne dit où finit une question. Un client en envoie une en trois \
             morceaux, puis appelle shutdown(SHUT_WR) : sa moitié est terminée, et l’autre moitié reste ouverte pour la \
             réponse.",
        ]
    }

    fn any_key(&self) -> &'static str {
        "une touche pour continuer, q pour quitter"
    }

    fn farewell(&self) -> (&'static str, [&'static str; 3]) {
        (
            "La visite est finie. À vous, avec vos propres programmes :",
            ["être le serveur, chaque étape expliquée", "être le client", "qui occupe le port"],
        )
    }

    fn end(&self, end: End) -> &'static str {
        match end {
            End::Server => "serveur",
            End::Client => "client",
        }
    }

    fn gone(&self) -> &'static str {
        "plus de socket"
    }

    fn left(&self, seconds: u64) -> String {
        format!("encore {seconds} s")
    }

    fn not_made(&self, call: &str, said: &str) -> String {
        format!("Ceci n’a pas pu se faire ici. {call} : {said}.")
    }

    fn unseen(&self) -> &'static str {
        "La table des sockets du noyau ne peut pas être lue ici : les états ne sont pas montrés."
    }

    fn unusual(&self) -> &'static str {
        "Ce n’est pas ce que fait Linux d’habitude. C’est ce qui a été vu ici ; un bac à sable, des réglages particuliers \
         ou une forte charge peuvent en être la raison."
    }

    fn in_gbk(&self, characters: usize, bytes: usize, wide: char, wide_bytes: &str) -> String {
        format!(
            "Un caractère n’est pas un octet : les {characters} caractères de la réponse font {bytes} octets en GBK, car \
             {wide} en prend deux : {wide_bytes}."
        )
    }

    fn ended_first(&self, end: End) -> String {
        format!(
            "Le {} a terminé sa moitié en premier. Ce que cela laisse derrière soi : voir le chapitre suivant.",
            self.end(end)
        )
    }

    fn closing(&self, first: End) -> [&'static str; 2] {
        match first {
            End::Server => ["le serveur a fermé", "puis les deux"],
            End::Client => ["le client a fermé", "puis les deux"],
        }
    }

    fn time_wait(&self) -> [&'static str; 3] {
        [
            "TIME-WAIT reste du côté qui a fermé en premier, que ce soit le serveur ou le client ; une moitié \
             terminée en premier par shutdown() compte aussi. Il dure 60 s sous \
             Linux (la RFC 9293 demande deux fois la durée de vie maximale d’un segment, MSL), pour deux raisons : un segment en retard ne \
             doit pas être pris pour celui d’une nouvelle connexion, et il faudra peut-être retransmettre le dernier ACK.",
            "En chemin : un côté en FIN-WAIT-1 a terminé sa moitié ; une fois cette fin acquittée, il passe en FIN-WAIT-2 \
             et attend que l’autre termine la sienne. Un côté en CLOSE-WAIT sait que l’autre a terminé, mais son \
             propre programme n’a pas encore fermé. Un programme qui oublie de fermer laisse ses sockets \
             en CLOSE-WAIT aussi longtemps qu’il tourne.",
            "Un client s’en aperçoit rarement, car le système lui donne un autre port la fois suivante. Un serveur veut \
             le même port : c’est le chapitre suivant.",
        ]
    }

    fn reuse_columns(&self) -> [&'static str; 3] {
        ["ancien serveur", "nouveau serveur", "bind()"]
    }

    fn set(&self, set: bool) -> &'static str {
        if set { "activée" } else { "non activée" }
    }

    fn bound(&self) -> &'static str {
        "0 : le port est à nous"
    }

    fn no_time_wait(&self) -> &'static str {
        "Dans au moins un cas, TIME-WAIT n’a pas été vu sur le port."
    }

    fn reuse_address(&self) -> [&'static str; 2] {
        [
            "Le nouveau serveur n’obtient le port que là où les deux avaient activé l’option. Un serveur l’active donc \
             toujours, avant son premier bind() : le jour d’un redémarrage, ce que l’ancien avait activé compte aussi.",
            "Ce sont les deux issues que donne le cours : activer SO_REUSEADDR, la meilleure, ou prendre un autre port. \
             Qui ne fait ni l’un ni l’autre attend la fin de TIME-WAIT.",
        ]
    }

    fn while_listening(&self, said: &str) -> String {
        format!(
            "Et tant que l’ancien serveur écoute encore, l’option activée par les deux ? bind() : {said}."
        )
    }

    fn never_two(&self) -> &'static str {
        "Sous Linux, SO_REUSEADDR ne permet jamais à deux serveurs d’écouter sur la même adresse et le même port."
    }

    fn connected(&self, clients: u32) -> String {
        format!(
            "Clients connectés, bien que personne n’ait appelé accept() : {clients}. Le noyau établit seul les \
             connexions."
        )
    }

    fn queue(&self, waiting: u32, backlog: u32) -> String {
        format!("La table du noyau indique : en attente d’être acceptés, {waiting} ; backlog, {backlog}.")
    }

    fn waits(&self, number: u32, watched: Duration) -> String {
        format!(
            "Après {} s, le client {number} n’est pas connecté.",
            decimal(&format!("{:.1}", watched.as_secs_f64()))
        )
    }

    fn its_state(&self, state: &str) -> String {
        format!("Son état est {state}.")
    }

    fn not_refused(&self) -> &'static str {
        "Il n’est pas refusé : le noyau ignore son SYN sans un mot."
    }

    fn let_in(&self, number: u32, after: Duration) -> String {
        format!(
            "Maintenant le serveur accepte un client, et il y a de la place. Le client {number} a été connecté {} s après \
             son appel à connect() : le noyau retransmet son SYN, la première fois après une seconde environ.",
            decimal(&format!("{:.2}", after.as_secs_f64()))
        )
    }

    fn not_let_in(&self, number: u32) -> String {
        format!(
            "Puis le serveur a accepté un client, mais le client {number} n’est pas entré dans les secondes qui ont suivi."
        )
    }

    fn backlog(&self) -> &'static str {
        "Avec un backlog de n, Linux laisse donc n + 1 clients attendre d’être acceptés. Pour ceux qui arrivent \
         ensuite, le noyau retransmet le SYN encore et encore, et n’abandonne qu’après un long moment (ETIMEDOUT). Un \
         backlog plein ne refuse personne : ECONNREFUSED signifie que personne n’écoute là, ou qu’un pare-feu refuse. Le listen(128) du cours en garde 129, sauf si la \
         limite du système, net.core.somaxconn, est plus basse."
    }

    fn question(&self, sends: usize, bytes: usize, reads: usize) -> String {
        let reads = if reads == 1 { "une lecture".to_owned() } else { format!("{reads} lectures") };
        format!(
            "{sends} envois, {bytes} octets ; le serveur les a reçus en {reads} : TCP ne garde pas les limites des \
             envois. Le recv() suivant a renvoyé 0 : le client a tout dit."
        )
    }

    fn half_closed(&self) -> &'static str {
        "Le serveur connaît maintenant la longueur de la question, et répond sur la moitié encore ouverte."
    }

    fn answer(&self, answer: &str) -> String {
        format!("Le client a lu « {answer} ». Puis son recv() a renvoyé 0 à son tour, et il a fermé.")
    }

    fn half_closing(&self) -> [&'static str; 2] {
        ["la moitié du client est terminée", "puis les deux ont fermé"]
    }

    fn closed_instead(&self, first: &str, second: &str) -> String {
        format!(
            "Et si le client appelle close() à la place ? Essayé aussi : le premier send() du serveur a renvoyé {first}, le \
             second a donné {second}."
        )
    }

    fn half_close(&self) -> &'static str {
        "Le premier send() n’a fait que donner les octets au noyau. Plus personne n’était là pour les lire, et une \
         réinitialisation (RST) est revenue : la réponse est perdue. Donc : terminer sa moitié, lire jusqu’à 0, puis fermer."
    }

    fn labelled(&self, label: &str, text: &str) -> String {
        format!("{label}\u{202f}: {text}")
    }

    fn typeset(&self, text: &str) -> String {
        let marks = [
            (" ;", "\u{202f};"),
            (" :", "\u{202f}:"),
            (" !", "\u{202f}!"),
            (" ?", "\u{202f}?"),
            ("'", "’"),
            ("« ", "«\u{202f}"),
            (" »", "\u{202f}»"),
        ];
        let units: [(&str, &str); 3] = [(" s ", "\u{202f}s "), (" s,", "\u{202f}s,"), (" s.", "\u{202f}s.")];
        let set =
            marks.iter().chain(&units).fold(text.to_owned(), |text, (plain, set)| text.replace(plain, set));
        match set.strip_suffix(" s") {
            Some(number) => format!("{number}\u{202f}s"),
            None => set,
        }
    }
}

/// A number with the French decimal comma.
fn decimal(number: &str) -> String {
    number.replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_before_marks_and_units_are_narrow_and_fixed() {
        for (plain, set) in [
            ("Et quoi ?", "Et quoi\u{202f}?"),
            ("bind() : oui ; non !", "bind()\u{202f}: oui\u{202f}; non\u{202f}!"),
            ("« oui »", "«\u{202f}oui\u{202f}»"),
            ("après 1,03 s, encore 60 s", "après 1,03\u{202f}s, encore 60\u{202f}s"),
            ("l'adresse", "l’adresse"),
        ] {
            assert_eq!(French.typeset(plain), set);
        }
    }
}
