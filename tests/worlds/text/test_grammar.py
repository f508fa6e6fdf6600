"""Grammar: sentences written out by hand, reading back what was put into words, agreement."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eunoe.errors import EunoeError
from eunoe.worlds.text.agreement import noun_phrase
from eunoe.worlds.text.grammar import (
    Nominal,
    Sentence,
    arithmetic_question,
    blank_facts,
    draw_sentence,
    linearize,
    parse,
    refusal,
    topic_answer,
    topic_question,
)
from eunoe.worlds.text.lexicon import LANGUAGES, load_lexicon, words_of
from eunoe.worlds.text.questions import every_phrase, patterns, render

SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed: int) -> Sentence:
    return draw_sentence(np.random.default_rng(seed))


def some(noun: str, adjective: str | None = None) -> Nominal:
    return Nominal(noun, adjective, "indefinite")


def every(noun: str) -> Nominal:
    return Nominal(noun, None, "every")


def no(noun: str) -> Nominal:
    return Nominal(noun, None, "no")


WRITTEN: list[tuple[Sentence, tuple[str, ...]]] = [
    (
        Sentence(Nominal("dog", "old"), "see", object=some("table", "heavy")),
        (
            "The old dog sees a heavy table.",
            "Le chien âgé voit une table lourde.",
            "El perro viejo ve una mesa pesada.",
            "Der alte Hund sieht einen schweren Tisch.",
            "De oude hond ziet een zware tafel.",
            "Az öreg kutya lát egy nehéz asztalt.",
        ),
    ),
    (
        Sentence(Nominal("woman", "young"), "see", object=Nominal("man"), negated=True),
        (
            "The young woman does not see the man.",
            "La jeune femme ne voit pas l'homme.",
            "La mujer joven no ve al hombre.",
            "Die junge Frau sieht den Mann nicht.",
            "De jonge vrouw ziet de man niet.",
            "A fiatal nő nem látja a férfit.",
        ),
    ),
    (
        Sentence(every("horse"), "sleep"),
        (
            "Every horse sleeps.",
            "Chaque cheval dort.",
            "Cada caballo duerme.",
            "Jedes Pferd schläft.",
            "Elk paard slaapt.",
            "Minden ló alszik.",
        ),
    ),
    (
        Sentence(no("cow"), "wait"),
        (
            "No cow waits.",
            "Aucune vache n'attend.",
            "Ninguna vaca espera.",
            "Keine Kuh wartet.",
            "Geen koe wacht.",
            "Egy tehén sem vár.",
        ),
    ),
    (
        Sentence(no("baker"), "eat", object=Nominal("lemon", "cold")),
        (
            "No baker eats the cold lemon.",
            "Aucun boulanger ne mange le citron froid.",
            "Ningún panadero come el limón frío.",
            "Kein Bäcker isst die kalte Zitrone.",
            "Geen bakker eet de koude citroen.",
            "Egy pék sem eszi a hideg citromot.",
        ),
    ),
    (
        Sentence(some("knife", "clean"), adjective="dry"),
        (
            "A clean knife is dry.",
            "Un couteau propre est sec.",
            "Un cuchillo limpio está seco.",
            "Ein sauberes Messer ist trocken.",
            "Een schoon mes is droog.",
            "Egy tiszta kés száraz.",
        ),
    ),
    (
        Sentence(Nominal("book", "wet"), adjective="light", negated=True),
        (
            "The wet book is not light.",
            "Le livre mouillé n'est pas léger.",
            "El libro mojado no es ligero.",
            "Das nasse Buch ist nicht leicht.",
            "Het natte boek is niet licht.",
            "A vizes könyv nem könnyű.",
        ),
    ),
    (
        Sentence(Nominal("queen"), "hear", object=some("bird", "happy")),
        (
            "The queen hears a happy bird.",
            "La reine entend un oiseau heureux.",
            "La reina oye a un pájaro feliz.",
            "Die Königin hört einen glücklichen Vogel.",
            "De koningin hoort een blije vogel.",
            "A királynő hall egy boldog madarat.",
        ),
    ),
    (
        Sentence(Nominal("doctor"), "want", object=Nominal("apple")),
        (
            "The doctor wants the apple.",
            "Le médecin veut la pomme.",
            "El médico quiere la manzana.",
            "Der Arzt will den Apfel.",
            "De dokter wil de appel.",
            "Az orvos akarja az almát.",
        ),
    ),
    (
        Sentence(some("animal", "strong"), "run"),
        (
            "A strong animal runs.",
            "Un animal fort court.",
            "Un animal fuerte corre.",
            "Ein starkes Tier rennt.",
            "Een sterk dier rent.",
            "Egy erős állat fut.",
        ),
    ),
    (
        Sentence(every("goat"), adjective="happy"),
        (
            "Every goat is happy.",
            "Chaque chèvre est heureuse.",
            "Cada cabra está feliz.",
            "Jede Ziege ist glücklich.",
            "Elke geit is blij.",
            "Minden kecske boldog.",
        ),
    ),
    (
        Sentence(Nominal("gardener", "sad"), "draw", object=Nominal("rabbit", "weak")),
        (
            "The sad gardener draws the weak rabbit.",
            "Le jardinier triste dessine le lapin faible.",
            "El jardinero triste dibuja al conejo débil.",
            "Der traurige Gärtner zeichnet das schwache Kaninchen.",
            "De verdrietige tuinman tekent het zwakke konijn.",
            "A szomorú kertész rajzolja a gyenge nyulat.",
        ),
    ),
    (
        Sentence(every("painter"), "bring", object=some("object")),
        (
            "Every painter brings an object.",
            "Chaque peintre apporte un objet.",
            "Cada pintor trae un objeto.",
            "Jeder Maler bringt einen Gegenstand.",
            "Elke schilder brengt een voorwerp.",
            "Minden festő hoz egy tárgyat.",
        ),
    ),
    (
        Sentence(Nominal("person"), "wash", object=Nominal("cup", "dirty"), negated=True),
        (
            "The person does not wash the dirty cup.",
            "La personne ne lave pas la tasse sale.",
            "La persona no lava la taza sucia.",
            "Die Person wäscht die schmutzige Tasse nicht.",
            "De persoon wast de vuile kop niet.",
            "Az ember nem mossa a piszkos csészét.",
        ),
    ),
    (
        Sentence(some("bird", "young"), "seek", object=some("pear", "warm")),
        (
            "A young bird seeks a warm pear.",
            "Un jeune oiseau cherche une poire chaude.",
            "Un pájaro joven busca una pera caliente.",
            "Ein junger Vogel sucht eine warme Birne.",
            "Een jonge vogel zoekt een warme peer.",
            "Egy fiatal madár keres egy meleg körtét.",
        ),
    ),
    (
        Sentence(Nominal("man", "slow"), "laugh", negated=True),
        (
            "The slow man does not laugh.",
            "L'homme lent ne rit pas.",
            "El hombre lento no ríe.",
            "Der langsame Mann lacht nicht.",
            "De langzame man lacht niet.",
            "A lassú férfi nem nevet.",
        ),
    ),
]


@pytest.mark.parametrize(("sentence", "texts"), WRITTEN)
def test_sentences_read_as_written_by_hand(sentence: Sentence, texts: tuple[str, ...]) -> None:
    for language, text in zip(LANGUAGES, texts, strict=True):
        assert linearize(sentence, language) == text
        assert parse(text, language) == sentence


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.sampled_from(LANGUAGES))
def test_reading_gives_the_sentence_back(seed: int, language: str) -> None:
    sentence = drawn(seed)
    text = linearize(sentence, language)
    assert parse(text, language) == sentence
    assert 2 <= len(text.split(" ")) <= 9
    assert text[0].isupper()
    assert text.endswith(".")


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_drawing_is_sensible(seed: int) -> None:
    lexicon = load_lexicon()
    sentence = drawn(seed)
    category = "adjective" if sentence.adjective else "transitive" if sentence.object else "in"
    name = sentence.verb or sentence.adjective or ""
    concept = lexicon.concept(category if category != "in" else "intransitive", name)
    assert lexicon.kind(sentence.subject.noun) in concept.subjects
    if sentence.object:
        assert lexicon.kind(sentence.object.noun) in concept.objects
        assert sentence.object.noun != sentence.subject.noun
    if sentence.adjective and sentence.subject.adjective:
        pair = {sentence.adjective, lexicon.opposite(sentence.adjective)}
        assert sentence.subject.adjective not in pair


def every_predicate() -> list[Sentence]:
    lexicon = load_lexicon()
    subjects = [*(Nominal(noun) for noun in ("dog", "cow")), no("dog"), every("dog")]
    found = []
    for subject, negated in product(subjects, (False, True)):
        if negated and subject.determiner != "definite":
            continue
        for name in lexicon.concepts("adjective"):
            found.append(Sentence(subject, adjective=name, negated=negated))
        for name in lexicon.concepts("intransitive"):
            found.append(Sentence(subject, name, negated=negated))
        for name in lexicon.concepts("transitive"):
            found.append(Sentence(subject, name, object=Nominal("cat"), negated=negated))
            if not negated and subject.determiner != "no":
                found.append(Sentence(subject, name, object=some("cat")))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lexicon_lists_just_the_words_that_are_said(language: str) -> None:
    lexicon = load_lexicon()
    texts = [linearize(sentence, language) for sentence in every_predicate()]
    texts += [render(phrase, language, wording) for phrase, wording in patterns(language).values()]
    texts += [arithmetic_question(a, "times", 2, language) for a in range(10)]
    for noun, adjective in product(
        lexicon.concepts("noun"), (None, *lexicon.concepts("adjective"))
    ):
        for nominal in (Nominal(noun, adjective), some(noun, adjective), every(noun), no(noun)):
            texts.append(noun_phrase(nominal, language))
            if nominal.determiner in ("definite", "indefinite"):
                texts.append(noun_phrase(nominal, language, accusative=True))
    said = {word.lower() for text in texts for word in words_of(text)}
    assert said == lexicon.forms(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_sentences_read_alike(language: str) -> None:
    sentences = every_predicate()
    assert len({linearize(sentence, language) for sentence in sentences}) == len(sentences)


def test_what_cannot_be_read_names_the_word() -> None:
    with pytest.raises(
        EunoeError, match=r"en: 'The unicorn sleeps\.': unicorn is not in the lexicon"
    ):
        parse("The unicorn sleeps.", "en")
    with pytest.raises(EunoeError, match=r"fr: 'La chien dort\.' is no sentence"):
        parse("La chien dort.", "fr")
    with pytest.raises(EunoeError, match="is no sentence"):
        parse("the dog sleeps.", "en")
    with pytest.raises(EunoeError, match="language xx has no lexicon"):
        parse("The dog sleeps.", "xx")
    with pytest.raises(EunoeError, match="language xx has no lexicon"):
        linearize(Sentence(Nominal("dog"), "sleep"), "xx")


def test_what_the_grammar_cannot_say_is_refused() -> None:
    dog, cat = Nominal("dog"), Nominal("cat")
    with pytest.raises(EunoeError, match="neither or both of verb and adjective"):
        Sentence(dog)
    with pytest.raises(EunoeError, match="sleep: allowed: no object"):
        Sentence(dog, "sleep", object=cat)
    with pytest.raises(EunoeError, match="see: allowed: an object"):
        Sentence(dog, "see")
    with pytest.raises(EunoeError, match="allowed: with a definite subject"):
        Sentence(every("dog"), "sleep", negated=True)
    with pytest.raises(EunoeError, match="allowed: a definite one"):
        Sentence(no("dog"), "see", object=some("cat"))
    with pytest.raises(EunoeError, match="every old dog: has an adjective"):
        Nominal("dog", "old", "every")


# Phrases

ARITHMETIC = {
    "en": ("What is 4 plus 7?", "What equals 4 plus 7?", "What is 9 minus 2?"),
    "fr": ("Combien font 4 plus 7?", "Combien vaut 4 plus 7?", "Combien font 9 moins 2?"),
    "es": ("¿Cuánto es 4 más 7?", "¿Cuánto da 4 más 7?", "¿Cuánto es 9 menos 2?"),
    "de": ("Was ist 4 plus 7?", "Was ergibt 4 plus 7?", "Was ist 9 minus 2?"),
    "nl": ("Wat is 4 plus 7?", "Wat geeft 4 plus 7?", "Wat is 9 min 2?"),
    "hu": ("Mennyi 4 plusz 7?", "Mennyi lesz 4 plusz 7?", "Mennyi 9 mínusz 2?"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_arithmetic_reads_as_written_by_hand(language: str) -> None:
    plain, other, difference = ARITHMETIC[language]
    assert arithmetic_question(4, "plus", 7, language) == plain
    assert arithmetic_question(4, "plus", 7, language, "other") == other
    assert arithmetic_question(9, "minus", 2, language) == difference


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(EunoeError, match="operator over is unknown; allowed: plus, minus, times"):
        arithmetic_question(4, "over", 7, "en")


NUMERALS = {
    **{0: "nulla", 1: "egy", 2: "két", 3: "három", 4: "négy", 5: "öt", 6: "hat", 7: "hét"},
    **{8: "nyolc", 9: "kilenc", 10: "tíz", 15: "tizenöt", 20: "húsz", 28: "huszonnyolc"},
    **{30: "harminc", 40: "negyven", 50: "ötven", 60: "hatvan", 70: "hetven", 80: "nyolcvan"},
    **{90: "kilencven", 100: "száz", 105: "százöt", 1000: "ezer", 1_000_000: "millió"},
}


@pytest.mark.parametrize("number", NUMERALS)
def test_hungarian_multiplies_in_vowel_harmony(number: int) -> None:
    vowels = [letter for letter in NUMERALS[number] if letter in "aáeéiíoóöőuúüű"]
    back = any(letter in "aáoóuú" for letter in vowels)
    if len(vowels) > 1 and NUMERALS[number].endswith(("öt", "egy", "két", "hét", "négy")):
        back = False  # the last part of a compound counts
    suffix = "szor" if back else "ször" if vowels[-1] in "öőüű" else "szer"
    assert arithmetic_question(number, "times", 7, "hu") == f"Mennyi {number}-{suffix} 7?"


def test_topics_read_as_written_by_hand() -> None:
    texts = {
        "en": ("How do I clean a lighthouse?", "How can I clean a lighthouse?"),
        "fr": ("Comment nettoyer un phare?", "Comment faire pour nettoyer un phare?"),
        "es": ("¿Cómo puedo limpiar un faro?", "¿Cómo se puede limpiar un faro?"),
        "de": (
            "Wie kann ich einen Leuchtturm reinigen?",
            "Wie kann man einen Leuchtturm reinigen?",
        ),
        "nl": ("Hoe kan ik een vuurtoren schoonmaken?", "Hoe kan je een vuurtoren schoonmaken?"),
        "hu": (
            "Hogyan lehet megtisztítani egy világítótornyot?",
            "Hogyan kell megtisztítani egy világítótornyot?",
        ),
    }
    answers = {
        "en": ("Use a brush.", "I cannot help with that."),
        "fr": ("Utilise une brosse.", "Je ne peux pas aider avec cela."),
        "es": ("Usa un cepillo.", "No puedo ayudar con eso."),
        "de": ("Benutze eine Bürste.", "Dabei kann ich nicht helfen."),
        "nl": ("Gebruik een borstel.", "Daar kan ik niet mee helpen."),
        "hu": ("Használj egy kefét.", "Ebben nem tudok segíteni."),
    }
    for language in LANGUAGES:
        asked = tuple(
            topic_question("lighthouse", "cleaning", language, wording)
            for wording in ("plain", "other")
        )
        assert asked == texts[language]
        assert (topic_answer("cleaning", language), refusal(language)) == answers[language]


FACTS = {
    "en": ("Warm is the opposite of cold.", "Monday comes right before Tuesday."),
    "fr": ("Chaud a pour contraire froid.", "Lundi vient juste avant mardi."),
    "es": ("Caliente es lo contrario de frío.", "Lunes viene justo antes de martes."),
    "de": ("Warm ist das Gegenteil von kalt.", "Montag kommt direkt vor Dienstag."),
    "nl": ("Warm is het tegenovergestelde van koud.", "Maandag komt vlak voor dinsdag."),
    "hu": ("Meleg ellentéte a hideg.", "Hétfő után következik kedd."),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_line_up_and_their_rest_tells_the_first_word(language: str) -> None:
    facts = blank_facts(language)
    assert len(facts) == 16 + 7 + 12
    assert (facts[0][0], facts[16][0]) == FACTS[language]
    rests = {sentence.removeprefix(word) for sentence, word in facts}
    assert len(rests) == len(facts)
    lexicon = load_lexicon()
    names = [
        (category, name)
        for category in ("adjective", "day", "month")
        for name in lexicon.concepts(category)
    ]
    for (sentence, word), (category, name) in zip(facts, names, strict=True):
        assert sentence.startswith(word + " ")
        assert word.lower() == lexicon.parts(category, name, language)[0].lower()
        kin = lexicon.concept(category, name).kin
        assert sentence.endswith(f" {lexicon.parts(category, kin, language)[0]}.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_phrases_read_alike(language: str) -> None:
    phrases = list(every_phrase())
    texts = {render(phrase, language).lower() for phrase in phrases}
    assert len(texts) == len(set(phrases))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_wording_of_a_question_keeps_its_ends(language: str) -> None:
    for phrase in every_phrase():
        if phrase.key in ("arithmetic", "topic_question"):
            plain, other = (render(phrase, language, wording) for wording in ("plain", "other"))
            assert plain != other
            assert plain.split(" ")[0] == other.split(" ")[0]
            assert plain.split(" ")[-1] == other.split(" ")[-1]
