extension TextRule {
  /// A value of the request is wrong: the caller's mistake.
  static let validation: [TextRule] = [
    TextRule(
      "invalid", .validation, 68,
      [
        "invalid|illegal|incorrect|wrong value|values|argument|arguments",
        "invalid|illegal|incorrect|wrong parameter|parameters|format|input|field",
        "unsupported|unexpected|unrecognized|malformed|bad value|values|argument|arguments",
        "unsupported|unexpected|unrecognized|malformed|bad parameter|parameters|format|input|field",
        "invalid|illegal|incorrect|wrong fields|type|length|schema|body|payload|json|xml|syntax",
        "unsupported|unexpected|unrecognized|malformed|bad fields|type|length|schema",
        "unsupported|unexpected|unrecognized|malformed|bad body|payload|json|xml|syntax",
        "invalid|illegal|incorrect|wrong date|timestamp|email|url|uri|id|uuid|identifier|header",
        "unsupported|unexpected|unrecognized|malformed|bad date|timestamp|email|url",
        "unsupported|unexpected|unrecognized|malformed|bad uri|id|uuid|identifier|header",
        "invalid|illegal|incorrect|wrong size|encoding|character|characters",
        "invalid|illegal|incorrect|wrong content|enum|range|name",
        "unsupported|unexpected|unrecognized|malformed|bad size|encoding|character|characters",
        "unsupported|unexpected|unrecognized|malformed|bad content|enum|range|name",
        "invalid * value|argument|parameter",
        "value|values|input|argument|parameter|field is|are|was|were not? invalid|valid|allowed",
        "value|values|input is|are|was|were not? permitted|supported|accepted|malformed",
        "argument|parameter|field is|are|was|were not? permitted|supported|accepted|malformed",
        "request|payload|body|data|name|format is|are|was|were not? invalid|valid|allowed",
        "request|payload|body is|are|was|were not? permitted|supported|accepted|malformed",
        "data|name|format is|are|was|were not? permitted|supported|accepted|malformed",
        "is not a valid|supported|allowed", "is not valid|allowed|supported|acceptable", "not a valid",
        "not permitted type", "extra inputs", "is invalid", "are invalid", "syntax is incorrect",
        "only supported|allowed|available for|when|in|with", "supported|allowed only when|for|in",
        "doesn't|don't allow", "declared in schema",
      ]),
    TextRule(
      "failed", .validation, 72,
      [
        "validation error|errors|failed|failure|exception", "validation * failed", "failed|fails validation",
        "schema|input|request|form|field validation", "error|errors validating",
        "does|do|did not match|conform", "doesn't|don't match|conform", "bad request exception", "malformed",
        "not well formed", "badly|incorrectly|improperly formatted|encoded|formed",
        "document|mapper parsing",
        "in the enumeration", "contains * invalid|unrecognized|unknown|duplicates|duplicate|unsupported",
        "doesn't contain",
      ] + cannot("validate")),
    TextRule(
      "model", .validation, 80,
      [
        "validation error|errors for"
      ]),
    TextRule(
      "too_large", .validation, 88,
      [
        "received message larger"
      ]),
    TextRule(
      "missing", .validation, 72,
      [
        "missing|required|mandatory field|fields|parameter|parameters|argument|arguments",
        "missing|required|mandatory property|properties|attribute|header|key|value",
        "missing|required * field|parameter|argument|property",
        "field|fields|parameter|argument|property is|are required|missing|mandatory|empty|null|blank",
        "attribute|value|header|name|id is|are required|missing|mandatory|empty|null|blank",
        "must|should not? provide|specify|supply|contain|include|be|have|match|start|end",
        "cannot|can't be|contain empty|null|blank|negative|longer|greater|both", "is|are required",
        "required but", "is|are missing", "field required", "enter|provide|specify|supply a valid",
        "no * provided|specified|given", "expected one of", "expected * but|got|found|received",
        "expected|expecting a|an string|number|object|array|value", "at least|most one",
        "too short|long|large|small",
        "too many tokens|characters|items|keys|hash|fields|arguments|parameters|columns|values",
        "unrecognized|unknown|unsupported|unexpected|extra|additional parameter|field|fields|key",
        "unrecognized|unknown|unsupported property|properties|attribute|query|keyword",
        "unexpected|extra|additional property|properties|attribute|query|keyword", "range of input",
        "out of order", "maximum|max context|length|size|tokens", "context length|window|size",
        "exceeds|exceed * maximum|context|length|size|window", "maximum allowed",
        "maximum|max payload|body|message|request|file|upload",
        "doesn't|not take|accept * value|values|argument", "cannot|can't contain",
        "larger|longer|greater|less|more|fewer|shorter than", "divisible by",
        "entity|payload|request|body too large", "unsupported media|parameter|value", "already has a",
        "prompt is", "duplicate parameter|field|name", "enum value", "cast to * failed",
        "cannot query field", "was not provided", "to be one of",
        "name|location|value|parameter|property|email|username required",
        "refusing to deserialize|decode|parse",
        "doesn't|not meet|satisfy * requirements|requirement|policy|criteria",
      ]),
    TextRule(
      "parse", .validation, 70,
      [
        "unexpected end of", "unexpected token|tokens|character|identifier|symbol|indent|number",
        "not be converted|parsed|decoded|deserialized|encoded", "not * encoded|formatted|formed",
        "unexpected end * json|input|stream|string", "end of input",
        "json|xml|yaml|csv|protobuf|avro decode|parse|parsing|syntax|unmarshal",
        "json|xml|yaml|csv|protobuf|avro deserialization|decoding|error|mapping|parser|processing",
        "error|failed|failure parsing|decoding|unmarshaling|unmarshalling|deserializing|converting",
        "parse|parser|parsing|decode|decoding|unmarshal error|exception|failed|failure",
        "serialization|deserialization|conversion|encoding|format|syntax error|exception|failed|failure",
        "invalid utf|base64|escape|literal|character|byte|start|control", "not * serializable",
        "expecting value|property", "unterminated|unclosed string|quote", "codec can't", "number format",
      ] + cannot("parse|unmarshal|decode|deserialize|convert|coerce|encode")),
    TextRule(
      "expectation", .validation, 58,
      [
        "expected a|an"
      ]),
    TextRule(
      "bad_request", .validation, 50,
      [
        "bad|invalid|malformed request", "unprocessable entity|content", "not acceptable",
        "unsupported media type",
      ]),
    TextRule(
      "word", .validation, 39,
      [
        "invalid"
      ]),
    TextRule(
      "argument", .validation, 36,
      [
        "illegal argument", "argument error|exception", "value error", "parameter|argument",
        "invalid argument exception",
      ]),
    TextRule(
      "hint", .validation, 33,
      [
        "encoding|format|malformed|duplicate|duplicates|mismatch|mismatched|exceeds|negative",
        "too large|long|short|big|many|small", "unsupported|unrecognized", "not supported",
      ]),
  ]
}
