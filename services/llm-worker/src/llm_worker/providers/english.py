"""English, as callers speak it; pure."""

from llm_worker.providers.spoken import Answers, Spoken, Stemming

ENGLISH = Spoken(
    Answers(
        unknown="I am sorry, I do not know that. Is there anything else I can help you with?",
        welcome="You are welcome. Is there anything else I can help you with?",
        farewell="Thank you for calling. Goodbye.",
        hello="Hello. How can I help you?",
    ),
    Stemming("porter unicode61 remove_diacritics 2"),
    grammar=(
        "a about actually again all also am an and any anything are as ask at be been before "
        "bring but by call called calling can cannot cant could did do does doing dont else for "
        "from get give go going good got had has have having hello hey hi how i id if ill im in "
        "into is it its ive just kindly know let like long look looking make many may maybe me "
        "mean might mine my need no of offer often ok okay on one only or other our out please "
        "question really right say should so some someone something sorry still sure take tell "
        "than thank thanks that thats the their them then there these they thing think this those "
        "to today tomorrow too um uh us very want wanted was way we well were what whats when "
        "where wheres which while who whos whose why will with wonder wondering would yes yet you "
        "your yours youre"
    ),
    groups=(
        "cost costs price prices fee fees charge charges pay dollars euros free",
        "open opens opening hours",
        "close closes closed closing shut",
        "doctor doctors dr physician",
        "kid kids child children son daughter baby pediatrician",
        "located location address find directions venue",
        "park parking car garage",
        "book booking appointment appointments schedule reserve",
        "cancel cancellation move reschedule",
        "shot shots vaccine vaccines vaccination jab",
        "refill renew renewed prescription",
        "insurance insured plan plans",
        "wheelchair disabled ramp elevator accessible access",
        "lab laboratory",
        "dermatologist skin",
        "cardiologist heart",
        "dog dogs pet pets",
        "bike bicycle bicycles",
        "result results",
        "late delayed",
        "language languages speak speaks",
        "wifi wireless internet network password",
        "food lunch meal meals vegetarian",
    ),
    phrases={
        "how much": "cost",
        "what time": "hours",
        "how late": "close",
        "how early": "open",
        "where does": "located",
    },
    thanks="thank thanks cheers",
    greetings="hello hi hey morning evening afternoon",
    goodbyes="bye goodbye",
)
