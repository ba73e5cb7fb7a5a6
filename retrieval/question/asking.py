"""The words of asking and joining: what is left beside them names a subject or was not read."""

from __future__ import annotations

import re

# Words that ask for trials, or join what they are asked to be: they name no subject.
ASKING = re.compile(
    r"\b(?:got|i\.?e|e\.?g|before any(?:one|body)(?: was| were)?|planned|expected|ones"
    r"|at least (?:one|1|a)|how (?:big|large|long|small)|and when|of all|according to (?:its"
    r"|their|the)"
    r"|please|pls|in here|w/|ids?|their|among|cent(?:re|er)s?"
    r"|how many|number of|count(?: of)?|list|show|find|give|get|search|tell|look(?:ing)?"
    r"|which|what|all|every|each|any|please|trials?|stud(?:y|ies|ied|ying)|rcts?|records?|clinical"
    r"|registered|registry|total|altogether|overall|patients?|people|participants?|subjects?"
    r"|persons?|individuals?|adults? with|exist(?:ing)?|here|corpus|index|database|currently|now"
    r"|still|together|combined|conducted|done|performed|carried out|test(?:s|ed|ing)?"
    r"|investigat\w+|evaluat\w+|examin\w+|assess\w+|involv\w+|includ\w+|us(?:e|es|ed|ing)|focus\w*"
    r"|regarding|concerning"
    r"|relat\w+ to|status|phases?|treat(?:s|ed|ing)?|receiv\w+|given|giving|available|located"
    r"|sites?|run|also|both|whose|enrol\w*|recruit\w*|start(?:ed)?|complet\w+|match\w*|me|us"
    r"|i'?d like|we'?d like|i (?:want|need)|for a (?:slide|talk|report|paper|table)|the whole"
    r"|whole|entire"
    r"|set|collection|database|portfolio|tak(?:e|es|ing) place|happen\w*|hold|have|has|anything"
    r"|going on"
    r"|at all|everything|everyone|just|main|model|type|kind|called|or plan to|plan(?:s|ned"
    r"|ning)? to"
    r"|sponsors?|date|size|break down|alone or with other countries|projects?|allocation|masking"
    r"|purpose|conditions?|tiny|small ones|more|counts?|their names"
    r"|you|know of|see|compar\w+ with|target\w*|address\w*)\b"
)
JOINING = re.compile(
    r"[;,?!:()\"“”–—]|(?<= )-(?= )|-$|[\ue000-\uf8ff]|\.(?=\s|$)|\b(?:and|or|in|for|of|on|with"
    r"|by|to|at|from|about|into"
    r"|but)\b"
)
# Words that turn or bound a demand; where one is left, the question was not understood.
UNREAD = re.compile(
    r"\b(?:not|no|non|without|never|except|excluding|other than|apart from|besides|outside|only"
    r"|exclusively|solely|entirely|nothing else|no other|no where else"
    r"|neither|nor|unless|or|at least|at most|more than|less than|fewer than|over|under|same|most"
    r"|least|fewest|largest|smallest|biggest|longest|shortest|newest|oldest|latest|earliest|first"
    r"|(?:do|does|is|are)n'?t)\b"
)
# What records state in fields that are not read here: no name of a subject.
OF_RECORDS = re.compile(
    r"\b(?:non )?(?:randomi[sz]ed|(?:double|single|triple|quadruple)? ?blind(?:ed)?|open label"
    r"|masked|controlled|crossover|parallel|multi ?cent(?:er|re)|industry|universit(?:y|ies)"
    r"|wom[ae]n|m[ae]n|males?|females?|child(?:ren)?|adults?|elderly|large|small|big|new|old"
    r"|healthy|recent|without|pivotal|global|international)\b"
)
SPONSORED = re.compile(
    r"\b(?:sponsored|funded|run|led|conducted|paid for|organi[sz]ed) by (?:the )?"
    r"(?P<name>(?:(?!(?:in|since|with|that|which|started|are|is|have|from)\b|[\ue000-\uf8ff])"
    r"[^\s;]+ ?)+)"
)
# "AstraZeneca-sponsored": the word before is a sponsor where the corpus knows it.
SPONSOR_BEFORE = re.compile(r"\b(?P<name>[^\s;,]+) (?:sponsored|funded)\b(?! by)")
