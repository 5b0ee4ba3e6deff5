"""Names that people search by and the guide does not use, each with the guide's own words for it."""

from collections.abc import Mapping, Sequence

NAMES = """\
amphetamines: adderall, adderal, vyvanse
antidepressants: wellbutrin, bupropion, trazodone, mirtazapine
benzodiazepines: xanax, xanex, alprazolam, benzos
bladder: uti
blood pressure: hypertension, bp
breastfeeding: nursing, lactation
buprenorphine: suboxone, subutex
cannabis: weed, marijuana, thc
clonazepam: klonopin
clozapine: clozaril
diazepam: valium
dissociation: k hole, khole
gabapentin: neurontin
injection: shot, jab
lamotrigine: lamictal
lorazepam: ativan
mao: maoi, nardil, parnate, emsam
methylphenidate: ritalin, concerta
modafinil: provigil
naltrexone: vivitrol
opioids: oxycodone, oxycontin, percocet, vicodin, codeine, tramadol
poison: overdose, od
pregabalin: lyrica
psychosis: schizophrenia
quetiapine: seroquel
semaglutide: ozempic, wegovy
snri: effexor, venlafaxine, cymbalta, duloxetine
ssri: prozac, fluoxetine, zoloft, sertraline, lexapro, escitalopram, celexa, citalopram, paxil, paroxetine
suicide: kill myself, want to die, end my life
vomiting: throw up, puke
zolpidem: ambien
"""
"""One entry a line: the guide's words, a colon, what others say. The phone's search reads the same lines."""

_MOST_WORDS = 3
"""Words that the longest name has."""


def read_names(lines: str) -> Mapping[str, Sequence[str]]:
    """The guide's words for each name."""
    return {
        name: words.split()
        for words, _, names in (line.partition(": ") for line in lines.splitlines())
        for name in names.split(", ")
    }


def meant(words: Sequence[str], names: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """What a query asks for: each of its words, or the guide's words for a name, with what may stand there instead.

    A name of one word may itself stand in a text; one of several words is looked for by the guide's words alone.
    """
    asked: list[tuple[str, ...]] = []
    at = 0
    while at < len(words):
        ends = range(min(at + _MOST_WORDS, len(words)), at, -1)
        end = next((end for end in ends if " ".join(words[at:end]) in names), at + 1)
        name = " ".join(words[at:end])
        instead = (name,) if end == at + 1 else ()
        asked += [(word, *instead) for word in names[name]] if name in names else [(name,)]
        at = end
    return list(dict.fromkeys(asked))
