import {sanitize} from '../sanitize.js'

/** Names of the characters from U+00A0 on, in order. */
const latin =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'

const others =
  'amp & lt < gt > quot " apos \' OElig Œ oelig œ Scaron Š scaron š Yuml Ÿ fnof ƒ circ ˆ tilde ˜ Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ Omicron Ο Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ Omega Ω alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ omicron ο pi π rho ρ sigmaf ς sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω thetasym ϑ upsih ϒ piv ϖ ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ dagger † Dagger ‡ bull • hellip … permil ‰ prime ′ Prime ″ lsaquo ‹ rsaquo › oline ‾ frasl ⁄ euro € image ℑ weierp ℘ real ℜ trade ™ alefsym ℵ larr ← uarr ↑ rarr → darr ↓ harr ↔ crarr ↵ lArr ⇐ uArr ⇑ rArr ⇒ dArr ⇓ hArr ⇔ forall ∀ part ∂ exist ∃ empty ∅ nabla ∇ isin ∈ notin ∉ ni ∋ prod ∏ sum ∑ minus − lowast ∗ radic √ prop ∝ infin ∞ ang ∠ and ∧ or ∨ cap ∩ cup ∪ int ∫ there4 ∴ sim ∼ cong ≅ asymp ≈ ne ≠ equiv ≡ le ≤ ge ≥ sub ⊂ sup ⊃ nsub ⊄ sube ⊆ supe ⊇ oplus ⊕ otimes ⊗ perp ⊥ sdot ⋅ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ lang ⟨ rang ⟩ loz ◊ spades ♠ clubs ♣ hearts ♥ diams ♦ check ✓ cross ✗ star ☆ starf ★ lbrack [ rbrack ] lbrace { rbrace } lpar ( rpar ) lsqb [ rsqb ] lcub { rcub } vert | verbar | ast * num # dollar $ percnt % plus + comma , period . colon : semi ; excl ! quest ? equals = bsol \\ sol / lowbar _ grave ` commat @'

/** Made when a text needs it. */
let named: Map<string, string> | undefined

function names(): Map<string, string> {
  if (named) return named
  named = new Map(latin.split(' ').map((name, index) => [name, String.fromCodePoint(0xa0 + index)]))
  const pairs = others.split(/ (?=\S)/)
  for (let index = 0; index + 1 < pairs.length; index += 2) named.set(pairs[index] ?? '', pairs[index + 1] ?? '')
  // They break no line and take a column; the soft hyphen is seen where a line is broken only.
  named.set('nbsp', ' ').set('shy', '').set('ensp', ' ').set('emsp', ' ').set('thinsp', ' ')
  return named
}

const pattern = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,30}));/g

/** With the characters that entities of HTML stand for; what none knows stays as it was written. The text stays clean. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(pattern, (all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return names().get(name) ?? all
    return characterOf(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal))
  })
}

/** A control would drive the terminal, and what is hidden is named. */
function characterOf(code: number): string {
  if (code === 9 || code === 10 || code === 160) return ' '
  const drives = code < 0x20 || (code >= 0x7f && code < 0xa0)
  if (drives || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd'
  return sanitize(String.fromCodePoint(code))
}
