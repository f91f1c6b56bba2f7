//! Attributions as mail programs write them, broken where a program breaks lines: whatever the width, nothing of them stays.

use super::full;

/// Attributions of mail programs in many languages; `{}` stands for name and address.
const TEMPLATES: &[&str] = &[
    "On Mon, Mar 4, 2024 at 10:11 AM {} wrote:",
    "On Monday, 4 March 2024 at 10:11:00 GMT+1, {} wrote:",
    "On 04/03/2024 10:11, {} wrote:",
    "{} wrote on Mon, 4 Mar 2024 at 10:11:",
    "{} schrieb am Mo., 4. März 2024 um 10:11 Uhr:",
    "Am Mo., 4. März 2024 um 10:11 Uhr schrieb {}:",
    "Am 04.03.2024 um 10:11 schrieb {}:",
    "Le lun. 4 mars 2024 à 10:11, {} a écrit :",
    "Le lundi 4 mars 2024 à 10:11:22 UTC+1, {} a écrit :",
    "El lun, 4 mar 2024 a las 10:11, {} escribió:",
    "El lunes, 4 de marzo de 2024, 10:11:22 CET, {} escribió:",
    "{} escreveu (segunda, 4/03/2024 à(s) 10:11):",
    "Em seg., 4 de mar. de 2024 às 10:11, {} escreveu:",
    "Em segunda-feira, 4 de março de 2024 10:11:22 BRT, {} escreveu:",
    "Il giorno lun 4 mar 2024 alle ore 10:11 {} ha scritto:",
    "Op ma 4 mrt 2024 om 10:11 schreef {}:",
    "pon., 4 mar 2024 o 10:11 {} napisał(a):",
    "W dniu pon., 4.03.2024 o 10:11 {} napisał(a):",
    "Wiadomość napisana przez {} w dniu 4.03.2024, o godz. 10:11:",
    "{} ezt írta (időpont: 2024. márc. 4., H, 10:11):",
    "2024. márc. 4. dátummal, 10:11 időpontban {} írta:",
    "{}, 4 Mar 2024 Pzt, 10:11 tarihinde şunu yazdı:",
    "4 Mar 2024 Pzt 10:11 tarihinde {} şunu yazdı:",
    "{} 于2024年3月4日周一 10:11写道：",
    "{} 於 2024年3月4日 週一 上午10:11寫道：",
    "Missatge de {} del dia dl., 4 de març 2024 a les 10:11:",
    "пн, 4 мар. 2024 г. в 10:11, {}:",
    "пн, 4 бер. 2024 р. о 10:11 {} пише:",
    "po 4. 3. 2024 v 10:11 odesílatel {} napsal:",
    "po 4. 3. 2024 o 10:11 {} napísal(a):",
    "Den mån 4 mars 2024 kl 10:11 skrev {}:",
    "man. 4. mar. 2024 kl. 10.11 skrev {}:",
    "Den man. 4. mar. 2024 kl. 10.11 skrev {}:",
    "ma 4. maalisk. 2024 klo 10.11 {} kirjoitti:",
    "În lun., 4 mar. 2024 la 10:11, {} a scris:",
    "На пн, 4.03.2024 г. в 10:11 {} написа:",
    "Στις Δευ 4 Μαρ 2024 στις 10:11 π.μ., ο χρήστης {} έγραψε:",
    "pon, 4. ožu 2024. u 10:11 {} napisao je:",
    "V V pon., 4. mar. 2024 ob 10:11 je oseba {} napisala:",
    "2024年3月4日(月) 10:11 {}:",
    "2024년 3월 4일 (월) 오전 10:11, {}님이 작성:",
    "\u{202b}בתאריך יום ב׳, 4 במרץ 2024 ב-10:11 מאת {}\u{202c}:",
    "في الاثنين، 4 مارس 2024 في 10:11 ص تمت كتابة ما يلي بواسطة {}:",
    "Vào Th 2, 4 thg 3, 2024 vào lúc 10:11 {} đã viết:",
    "Pada tanggal Sen, 4 Mar 2024 pukul 10.11 {} menulis:",
    "Kuupäev E, 4. märts 2024 kell 10:11 kirjutas {}:",
    "pirmd., 2024. g. 4. marts plkst. 10:11 — lietotājs {} rakstīja:",
    "2024-03-04, pr, 10:11 {} rašė:",
];

const PEOPLE: &[&str] = &[
    "Nora Feld <nora@example.com>",
    "Nora Feld via Helpdesk of the North <nora.feld@a-rather-long-host-name.example.com>",
];

/// Breaks a line at spaces, as programs do that send text.
fn wrap(line: &str, width: usize) -> String {
    let (mut out, mut length) = (String::new(), 0);
    for word in line.split(' ') {
        let long = word.chars().count();
        if length > 0 && length + 1 + long > width {
            out.push('\n');
            length = 0;
        } else if length > 0 {
            out.push(' ');
            length += 1;
        }
        out.push_str(word);
        length += long;
    }
    out
}

#[test]
fn attributions_are_found_however_they_are_broken() {
    let mut wrong = String::new();
    for template in TEMPLATES {
        for person in PEOPLE {
            let line = template.replace("{}", person);
            for width in (60..=80).chain([usize::MAX]) {
                let broken = wrap(&line, width);
                for body in ["> Passt Montag?\n> Ola\n", "\n> Passt Montag?\n"] {
                    let got = full(&format!("Ja, das passt.\n\n{broken}\n{body}"));
                    if got != "Ja, das passt." {
                        wrong.push_str(&format!("{width}: {got:?}\n"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{wrong}", wrong.lines().count());
}
