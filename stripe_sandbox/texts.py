"""The words of the pages that readers see, in English and Ukrainian."""

from __future__ import annotations

ENGLISH = {
    "banner": "Sandbox: no money moves",
    "title": "Check and pay",
    "bought": "What you pay for",
    "total": "Total",
    "again": "You pay the same amount again {interval} until you stop it.",
    "email": "E-mail",
    "email_help": "The receipt would go there.",
    "email_fixed": "Given by the site you come from.",
    "name": "Name on card",
    "card": "Card number",
    "card_help": "A test card is filled in. It always pays.",
    "others": "What other test cards do",
    "declined": "is declined",
    "no_funds": "is declined for lack of funds",
    "pay": "Pay {amount}",
    "donate": "Give {amount}",
    "decline": "Decline payment",
    "decline_help": "“Decline payment” acts as a bank that refuses, whatever the card.",
    "back": "Back",
    "language": "Українською",
    "failed": "The payment did not go through",
    "bad_email": "Write an e-mail address, such as name@example.org.",
    "bad_card": "This is a sandbox: use one of its test cards, never a real one.",
    "generic_decline": "The bank declined the card. Use another card, or try again.",
    "insufficient_funds": "The card has insufficient funds. Use another card.",
    "expired_card": "The card has expired. Use another card.",
    "incorrect_cvc": "The bank did not accept the card's security code. Use another card.",
    "processing_error": "The bank could not process the card. Try again in a moment.",
    "paid_title": "This payment has been made",
    "paid": "It was made once and is not made again. Nothing more is needed here.",
    "continue": "Continue",
    "expired_title": "This payment page has expired",
    "expired": "Nothing was paid. Go back and start again.",
    "missing_title": "There is no such page",
    "missing": "The address may be incomplete, or the sandbox was reset since.",
    "portal": "Your subscription",
    "portal_none": "You have no running subscription.",
    "next": "The next payment of {amount} is on {date}.",
    "ends": "It ends on {date}. Nothing more is paid until then.",
    "ended": "It ended on {date}.",
    "stop": "Stop at the end of the period",
    "keep": "Keep it after all",
    "receipt": "Receipt",
    "invoice": "Invoice {number}",
    "status": "Status",
    "status_paid": "paid",
    "status_succeeded": "paid",
    "status_open": "open",
    "status_failed": "failed",
    "status_draft": "draft",
    "status_void": "void",
    "status_uncollectible": "uncollectible",
    "refunded": "Paid back",
    "date": "Date",
    "forbidden_title": "This came from another site",
    "forbidden": "For safety the sandbox takes forms from its own pages only. Open the page here and try again.",
}

UKRAINIAN = {
    "banner": "Пісочниця: справжні гроші не списуються",
    "title": "Перевірте й сплатіть",
    "bought": "За що ви платите",
    "total": "Разом",
    "again": "Ця сума списуватиметься знову {interval}, доки ви не зупините.",
    "email": "Електронна пошта",
    "email_help": "Сюди надійшла б квитанція.",
    "email_fixed": "Адресу передав сайт, з якого ви прийшли.",
    "name": "Ім’я на картці",
    "card": "Номер картки",
    "card_help": "Уже вписано тестову картку. Вона завжди платить.",
    "others": "Що роблять інші тестові картки",
    "declined": "банк відмовляє",
    "no_funds": "банк відмовляє: бракує коштів",
    "pay": "Сплатити {amount}",
    "donate": "Пожертвувати {amount}",
    "decline": "Відхилити платіж",
    "decline_help": "«Відхилити платіж» діє як банк, що відмовляє, хоч яка картка.",
    "back": "Назад",
    "language": "In English",
    "failed": "Платіж не пройшов",
    "bad_email": "Впишіть адресу електронної пошти, наприклад name@example.org.",
    "bad_card": "Це пісочниця: візьміть тестову картку, ніколи не справжню.",
    "generic_decline": "Банк відхилив картку. Візьміть іншу або спробуйте ще раз.",
    "insufficient_funds": "На картці бракує коштів. Візьміть іншу.",
    "expired_card": "Строк дії картки минув. Візьміть іншу.",
    "incorrect_cvc": "Банк не прийняв код безпеки картки. Візьміть іншу.",
    "processing_error": "Банк не зміг опрацювати картку. Спробуйте за мить ще раз.",
    "paid_title": "Цей платіж уже здійснено",
    "paid": "Його здійснено один раз, і вдруге він не списується. Тут більше нічого робити не треба.",
    "continue": "Далі",
    "expired_title": "Строк дії цієї сторінки минув",
    "expired": "Нічого не сплачено. Поверніться й почніть знову.",
    "missing_title": "Такої сторінки немає",
    "missing": "Адреса може бути неповною, або пісочницю відтоді очищено.",
    "portal": "Ваша підписка",
    "portal_none": "У вас немає чинної підписки.",
    "next": "Наступний платіж, {amount}, буде {date}.",
    "ends": "Вона завершиться {date}. До того часу нічого більше не списується.",
    "ended": "Вона завершилася {date}.",
    "stop": "Зупинити наприкінці періоду",
    "keep": "Усе-таки продовжити",
    "receipt": "Квитанція",
    "invoice": "Рахунок {number}",
    "status": "Стан",
    "status_paid": "сплачено",
    "status_succeeded": "сплачено",
    "status_open": "очікує оплати",
    "status_failed": "не пройшов",
    "status_draft": "чернетка",
    "status_void": "скасовано",
    "status_uncollectible": "безнадійний",
    "refunded": "Повернено",
    "date": "Дата",
    "forbidden_title": "Запит надійшов з іншого сайту",
    "forbidden": "Заради безпеки пісочниця приймає форми лише зі своїх сторінок. Відкрийте її сторінку знову.",
}
TEXTS = {"en": ENGLISH, "uk": UKRAINIAN}

_RATE = {
    "en": {"day": "a day", "week": "a week", "month": "a month", "year": "a year"},
    "uk": {"day": "на день", "week": "на тиждень", "month": "на місяць", "year": "на рік"},
}
_EVERY = {
    "en": {"day": "every day", "week": "every week", "month": "every month", "year": "every year"},
    "uk": {"day": "щодня", "week": "щотижня", "month": "щомісяця", "year": "щороку"},
}
_SHORT = {"day": "дн.", "week": "тиж.", "month": "міс.", "year": "р."}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
}


def rate(interval: str, count: int, language: str) -> str:
    """As it stands beside an amount: €5.00 a month."""
    return _RATE[language][interval] if count == 1 else every(interval, count, language)


def every(interval: str, count: int, language: str) -> str:
    if count == 1:
        return _EVERY[language][interval]
    return f"кожні {count} {_SHORT[interval]}" if language == "uk" else f"every {count} {interval}s"


def day(year: int, month: int, number: int, language: str) -> str:
    return f"{number} {_MONTHS[language].split()[month - 1]} {year}" + (" року" if language == "uk" else "")
