// Believable letters between clients and a shop, as many as are wanted: each conversation is a question and its answer, in one of six
// languages, the same each time. `write(FILE, NUMBER)` makes an mbox file of them.
import { closeSync, openSync, writeSync } from 'node:fs';

/** The address that answers. */
export const OURS = 'support@northlight.example';

const NAMES = ['Anna', 'Boris', 'Clara', 'David', 'Elena', 'Frank', 'Greta', 'Hugo', 'Irina', 'Jonas', 'Katja', 'Luis', 'Maria', 'Nikolai', 'Olga', 'Paul', 'Rosa', 'Stefan', 'Tanja', 'Viktor'];
const FAMILIES = ['Adler', 'Brandt', 'Costa', 'Dvorak', 'Ebner', 'Fischer', 'Garcia', 'Horak', 'Ivanova', 'Jansen', 'Kowalski', 'Lange', 'Moreau', 'Novak', 'Orlova', 'Petrov', 'Quint', 'Rossi', 'Sokolov', 'Tessier'];

/** Of each language: things, what is asked, what is answered, and how letters begin and end. `{x}` are gaps. */
const LANGUAGES = [
  {
    weight: 5, hello: 'Hello,', dear: 'Dear {name},', bye: 'Kind regards',
    things: ['desk lamp', 'floor lamp', 'wall light', 'bulb', 'dimmer', 'lamp shade', 'light strip', 'lantern'],
    subjects: ['Order {order}', 'Question about the {thing}', 'Delivery of the {thing}', 'Invoice for {order}'],
    questions: [
      'my order {order} was to arrive {days} days ago and the {thing} is still not here. Where is it?',
      'the {thing} from order {order} came with a crack in its foot. Can you send me another one?',
      'can I return the {thing}? I opened the box {days} days ago, but I did not use it.',
      'which bulb fits the {thing}, and how many watts may it have?',
      'I need an invoice for order {order} with the address of my company on it.',
      'is the {thing} in stock again, and what would {days} of them cost?',
      'the {thing} flickers when I turn it down. Is it the dimmer or the lamp?',
    ],
    answers: [
      'I am sorry for the delay. Your parcel left us {days} days ago and will be with you by {day}. The number of the parcel is {parcel}.',
      'I am sorry that the {thing} broke on its way. A new one is packed and leaves today; you may keep the old one.',
      'yes, you can send the {thing} back within 30 days. Print the label that is attached and bring the parcel to any post office.',
      'the {thing} takes a bulb with an E27 base and at most {days} watts. LED bulbs fit as well.',
      'the invoice for {order} with your company on it is attached. Please check the address.',
      'the {thing} will be in stock again on {day}. I have put {days} of them aside for you.',
      'that is the dimmer: it needs at least {days} watts. With a dimmer for LEDs the {thing} will not flicker.',
    ],
  },
  {
    weight: 3, hello: 'Guten Tag,', dear: 'Guten Tag {name},', bye: 'Mit freundlichen Grüßen',
    things: ['Schreibtischlampe', 'Stehlampe', 'Wandleuchte', 'Glühbirne', 'Lampenschirm', 'Laterne'],
    subjects: ['Bestellung {order}', 'Frage zur {thing}', 'Rechnung zu {order}'],
    questions: [
      'meine Bestellung {order} sollte vor {days} Tagen ankommen, aber die {thing} ist noch nicht da. Wo ist das Paket?',
      'die {thing} aus der Bestellung {order} hat einen Riss. Können Sie mir eine neue schicken?',
      'kann ich die {thing} zurückgeben? Ich habe sie vor {days} Tagen ausgepackt, aber nicht benutzt.',
      'ich brauche für {order} eine Rechnung mit der Anschrift meiner Firma.',
      'wann ist die {thing} wieder lieferbar?',
    ],
    answers: [
      'es tut uns leid, dass Sie warten müssen. Ihr Paket ist seit {days} Tagen unterwegs und kommt bis {day} an. Die Sendungsnummer ist {parcel}.',
      'es tut uns leid, dass die {thing} beschädigt war. Eine neue geht heute noch hinaus, die alte dürfen Sie behalten.',
      'gerne, Sie können die {thing} innerhalb von 30 Tagen zurückschicken. Das Etikett finden Sie im Anhang.',
      'die Rechnung zu {order} mit der Anschrift Ihrer Firma finden Sie im Anhang.',
      'die {thing} ist ab {day} wieder lieferbar. Wir haben Ihnen eine zurückgelegt.',
    ],
  },
  {
    weight: 3, hello: 'Здравствуйте!', dear: 'Здравствуйте, {name}!', bye: 'С уважением',
    things: ['настольная лампа', 'люстра', 'бра', 'лампочка', 'абажур', 'гирлянда'],
    subjects: ['Заказ {order}', 'Вопрос про товар: {thing}', 'Счёт на заказ {order}'],
    questions: [
      'мой заказ {order} должен был прийти {days} дней назад, а товара «{thing}» всё ещё нет. Где посылка?',
      'в заказе {order} пришла с трещиной {thing}. Можно ли её заменить?',
      'можно ли вернуть товар «{thing}»? Я открыла коробку {days} дней назад, но не пользовалась.',
      'нужен счёт на заказ {order} с адресом нашей компании.',
      'когда снова будет в наличии {thing}?',
    ],
    answers: [
      'просим прощения за задержку. Посылка в пути уже {days} дней и придёт до {day}. Её номер: {parcel}.',
      'нам очень жаль, что {thing} пришла повреждённой. Новую отправим сегодня, старую можно оставить себе.',
      'да, вернуть товар «{thing}» можно в течение 30 дней. Наклейка для посылки во вложении.',
      'счёт на заказ {order} с адресом вашей компании во вложении. Проверьте, пожалуйста, адрес.',
      '{thing} снова будет в наличии {day}. Мы отложили для вас одну штуку.',
    ],
  },
  {
    weight: 2, hello: 'Bonjour,', dear: 'Bonjour {name},', bye: 'Cordialement',
    things: ['lampe de bureau', 'applique', 'ampoule', 'guirlande', 'suspension'],
    subjects: ['Commande {order}', 'Question sur la {thing}'],
    questions: [
      'ma commande {order} devait arriver il y a {days} jours et la {thing} n’est toujours pas là. Où est-elle ?',
      'la {thing} de la commande {order} est arrivée cassée. Pouvez-vous la remplacer ?',
      'puis-je renvoyer la {thing} ? Je l’ai déballée il y a {days} jours sans m’en servir.',
    ],
    answers: [
      'toutes nos excuses pour ce retard. Votre colis est parti il y a {days} jours et arrivera avant le {day}. Son numéro est {parcel}.',
      'nous sommes désolés que la {thing} soit arrivée cassée. Une nouvelle part aujourd’hui, gardez l’ancienne.',
      'oui, vous pouvez renvoyer la {thing} dans les 30 jours. L’étiquette est en pièce jointe.',
    ],
  },
  {
    weight: 2, hello: 'Buenos días:', dear: 'Buenos días, {name}:', bye: 'Un saludo',
    things: ['lámpara de mesa', 'lámpara de pie', 'bombilla', 'guirnalda'],
    subjects: ['Pedido {order}', 'Pregunta sobre la {thing}'],
    questions: [
      'mi pedido {order} tenía que llegar hace {days} días y la {thing} todavía no está aquí. ¿Dónde está?',
      'la {thing} del pedido {order} llegó rota. ¿Pueden enviarme otra?',
      '¿puedo devolver la {thing}? La saqué de la caja hace {days} días, pero no la he usado.',
    ],
    answers: [
      'sentimos el retraso. Su paquete salió hace {days} días y llegará antes del {day}. El número es {parcel}.',
      'sentimos que la {thing} llegara rota. Hoy mismo sale una nueva y puede quedarse con la otra.',
      'sí, puede devolver la {thing} en un plazo de 30 días. La etiqueta va adjunta.',
    ],
  },
  {
    weight: 1, hello: 'Dzień dobry,', dear: 'Dzień dobry, {name},', bye: 'Pozdrawiam',
    things: ['lampka biurkowa', 'lampa stojąca', 'żarówka', 'girlanda'],
    subjects: ['Zamówienie {order}', 'Pytanie: {thing}'],
    questions: [
      'zamówienie {order} miało przyjść {days} dni temu, a {thing} nadal nie dotarła. Gdzie jest paczka?',
      'w zamówieniu {order} przyszła pęknięta {thing}. Czy mogą Państwo przysłać nową?',
    ],
    answers: [
      'przepraszamy za opóźnienie. Paczka jest w drodze od {days} dni i dotrze do {day}. Numer przesyłki: {parcel}.',
      'przykro nam, że {thing} dotarła uszkodzona. Nową wyślemy dzisiaj, starą proszę zatrzymać.',
    ],
  },
];

/** Numbers that look random and are the same each time (mulberry32). */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Writes `number` conversations as an mbox file. */
export function write(file, number) {
  const next = random(1);
  const one = (list) => list[next(list.length)];
  const all = LANGUAGES.flatMap((language) => Array(language.weight).fill(language));
  const base64 = (text) => Buffer.from(text).toString('base64');
  const out = openSync(file, 'w', 0o600);
  let lines = '';
  const letter = ({ id, answers, from, to, subject, at, body }) => {
    const reference = answers ? `In-Reply-To: <${answers}@northlight.example>\r\nReferences: <${answers}@northlight.example>\r\n` : '';
    const wrapped = base64(body).replace(/.{76}/g, '$&\r\n');
    lines += `From - ${at.toUTCString()}\r\nFrom: ${from}\r\nTo: ${to}\r\nSubject: =?utf-8?B?${base64(subject)}?=\r\nDate: ${at.toUTCString()}\r\nMessage-ID: <${id}@northlight.example>\r\n${reference}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${wrapped}\r\n\r\n`;
  };
  for (let index = 0; index < number; index += 1) {
    const language = one(all);
    const [name, family] = [one(NAMES), one(FAMILIES)];
    const client = `"${name} ${family}" <${name}.${family}${next(400)}@client.example>`.toLowerCase();
    const gaps = {
      thing: one(language.things), order: `NL-${100_000 + index}`, days: String(2 + next(28)), name,
      day: new Date(Date.UTC(2026, next(12), 1 + next(28))).toISOString().slice(0, 10), parcel: `JD${String(next(1e9)).padStart(9, '0')}`,
    };
    const fill = (text) => text.replace(/\{(\w+)\}/g, (_, gap) => gaps[gap]);
    // Half of the letters have a second matter, so that not all of one kind are alike.
    const which = next(language.questions.length);
    const extra = next(2) ? next(language.questions.length) : which;
    const both = (texts) => (extra === which ? texts[which] : `${texts[which]}\n\n${texts[extra]}`);
    const at = new Date(Date.UTC(2023, 0, 1) + index * 420_000);
    const subject = fill(one(language.subjects));
    letter({ id: `q${index}`, from: client, to: OURS, subject, at, body: `${language.hello}\n\n${fill(both(language.questions))}\n\n${name} ${family}\n` });
    letter({
      id: `a${index}`, answers: `q${index}`, from: `Northlight <${OURS}>`, to: client, subject: `Re: ${subject}`, at: new Date(at.getTime() + 180_000),
      body: `${fill(language.dear)}\n\n${fill(both(language.answers))}\n\n${language.bye}\nNorthlight\n`,
    });
    if (lines.length > 1 << 20) {
      writeSync(out, lines);
      lines = '';
    }
  }
  writeSync(out, lines);
  closeSync(out);
}
