extension TextRule {
  /// A setting is wrong or missing, or what a program needs around it is not there.
  static let configuration: [TextRule] = [
    TextRule(
      "web_server", .configuration, 84,
      [
        "emerg", "ah00526|ah00534",
      ]),
    TextRule(
      "setting", .configuration, 82,
      [
        "invalid|bad|missing * configuration|config|conf|setting|settings",
        "incorrect|wrong|unsupported|unknown * configuration|config|conf|setting|settings",
        "unrecognized|incomplete|conflicting * configuration|config|conf|setting|settings",
        "illegal|broken|no|suitable * configuration|config|conf|setting|settings",
        "unknown|unrecognized|unsupported directive|option|setting|property",
        "duplicate|illegal|unexpected|invalid directive|option|setting|property",
        "configuration|config|settings error|errors|exception|problem",
        "configuration|config|settings invalid|missing|mismatch|failed|required",
        "misconfigured|misconfiguration|misconfig", "improperly configured", "incorrectly configured",
        "not|isn't configured", "not been configured",
        "configuration|config|conf parameter|option|property|key|value",
        "configuration|config|conf setting|settings|line|entry|section|directive",
        "unable|failed to configure", "no such option|setting|directive",
        "no|missing option|section|sections", "section headers", "specified both", "mutually exclusive",
        "option|flag|setting|directive|property is|are unknown|unrecognized|deprecated|not",
        "directive|directives", "conflicting options|option|flags|settings", "misspelled", "cgroup driver",
        "invalid log level", "version * is not supported", "version * not allowed", "yaml unmarshal|line",
        "bind properties", "toml line|unmarshal", "no qualifying bean", "no * for scheme",
        "config|configuration profile", "resolve placeholder|dependency|dependencies|import",
        "unsupported config", "problem|issue|error with|in * configuration|config|settings",
        "option|flag|setting|directive * is|are not supported|recognized|known",
        "private key * match|mismatch|mismatched",
      ]),
    TextRule(
      "file", .configuration, 79,
      [
        "failed|unable|error|errors to|in|while parse|parsing|read * config|configuration|conf|yaml",
        "failed|unable loading|parsing|reading parse|parsing|read * config|configuration|conf|yaml",
        "error|errors loading|parsing|reading parse|parsing|read * config|configuration|conf|yaml",
        "failed|unable to|in|while reading|load|loading|open * config|configuration|conf|yaml",
        "error|errors to|in|while reading|load|loading|open * config|configuration|conf|yaml",
        "failed|unable loading|parsing|reading reading|load|loading|open * config|configuration|conf|yaml",
        "error|errors loading|parsing|reading reading|load|loading|open * config|configuration|conf|yaml",
        "failed|unable|error|errors to|in|while parse|parsing|read * toml|ini|properties|kubeconfig",
        "failed|unable loading|parsing|reading parse|parsing|read * toml|ini|properties|kubeconfig",
        "error|errors loading|parsing|reading parse|parsing|read * toml|ini|properties|kubeconfig",
        "failed|unable to|in|while reading|load|loading|open * toml|ini|properties|kubeconfig",
        "error|errors to|in|while reading|load|loading|open * toml|ini|properties|kubeconfig",
        "failed|unable loading|parsing|reading reading|load|loading|open * toml|ini|properties|kubeconfig",
        "error|errors loading|parsing|reading reading|load|loading|open * toml|ini|properties|kubeconfig",
        "cannot|not parse|read|load|open|find * config|configuration|conf|yaml|toml|ini|kubeconfig",
        "error|errors|failed|failure parsing|loading|reading|in * config|configuration|conf|kubeconfig",
        "parse|parsing|load|loading config|configuration",
        "syntax error * conf|config|configuration|yaml|toml|ini",
        "config|configuration file|files * not|missing|invalid|error|failed|malformed|empty",
        "in config|configuration file|line", "config|configuration|conf parsing|parse",
        "parsing * cfg|conf|ini|toml", "nginx|httpd|apache|my conf|cnf", "bad|invalid config line",
        "bad unit file", "cargo|pyproject toml", "tsconfig json", "config|configuration|env file * found",
      ]),
    TextRule(
      "environment", .configuration, 86,
      [
        "environment|env variable|variables|var|vars * not|missing|required|undefined|unset|empty",
        "missing|required|undefined|unset environment|env",
        "no|set the? environment|env variable|variables|var",
        "validation error|errors for * settings|config|configuration", "is not set please", "must be set",
        "is not set",
      ]),
    TextRule(
      "template", .configuration, 88,
      [
        "nil pointer evaluating", "not registered to use",
      ]),
    TextRule(
      "missing_program", .configuration, 84,
      [
        "executable|command|binary|program|interpreter|compiler not found", "executable file not found",
        "executable|command|binary|program * not found in", "no suitable|such driver|command|plugin",
        "select device driver", "driver|library|dependency|plugin is|are|was? not installed|loaded|enabled",
        "module|extension|package|toolkit|sdk is|are|was? not installed|loaded|enabled",
        "is|are not installed", "missing dependency|dependencies|library|extension|gem|plugin|module",
        "shared libraries|library|object", "unmet|unresolved|peer dependency|dependencies", "eresolve",
        "dependency tree|conflict|conflicts", "version mismatch|conflict", "requires * version",
        "compatible version|versions", "or newer|later",
        "client|server|version|compiler|runtime is|are too old", "minimum supported * version",
        "expected|wrong|different * architecture|arch", "recompile",
        "dependency|dependencies|plugin|library|module|unit * could not be found",
        "no matching distribution|version|package", "not recognized as", "class version error",
        "more recent version", "requires|require * newer|later|higher", "exec format", "no module named",
        "not compiled|built with|for", "compiled|built without",
        "broken packages|package|dependencies|dependency", "trying to overwrite", "is it installed",
        "value|package|manifest|schema|protocol version|versions? mismatch", "h|hpp no such file",
        "version|versions * is|are higher|lower|older|newer than", "unsupported|unknown * version|versions",
        "resolve * imported", "no matches for kind", "initialization|setup required", "cannot import name",
        "cannot find module|package", "find a version", "unsupported engine|platform|architecture",
        "failed to load * dll|library", "unit * not found", "ora 12154", "sh|bash|zsh|dash|ash * not found",
        "conflicting|conflict dependencies|dependency|requirements", "extension control", "libdir",
        "query available provider", "unable to import", "class|module|handler|plugin|provider * missing",
        "version|versions too old|new", "clock synchronization", "belongs to cluster",
        "glibc|glibcxx|cxxabi * not found", "spawn * enoent", "must be installed", "cannot be loaded",
        "entry point * not", "library|header|crate|loader|compiler|interpreter|sdk|toolchain * not found",
        "no loader|compiler|interpreter|toolchain|driver * configured|found|installed", "is required by",
        "no * driver|drivers|plugin|provider found|available|registered",
        "no * adapter|backend|dialect|engine|extension found|available|registered", "cannot load such",
        "gem not found", "in any of the sources", "unable to activate",
        "doesn't|not have * enabled|installed|configured",
        "resolve artifact|artifacts|plugin|module|package|requirement",
        "dependency|dependencies|artifact * is? missing", "module not found",
        "driver|kernel|system|plugin|agent * is|are too old|new", "bad|wrong cpu type",
      ] + cannot("find|locate|load * executable|binary|command|driver|library|plugin|module|package")
        + cannot("find|locate|load * engine|runtime|compiler|toolchain|interpreter|sdk|header|distribution")),
    TextRule(
      "declaration", .configuration, 76,
      [
        "unsupported argument|block|attribute", "missing required argument", "in context without",
        "provider configuration", "undeclared resource|variable|input|reference",
        "must be defined|declared|configured",
        "unknown|unrecognized|unexpected flag|command|subcommand|argument|arguments",
        "invalid command|subcommand|flag", "specify a region", "region must",
        "feature|module|api|mode is|has not been? enabled", "is disabled",
        "subscription|provider|namespace|feature is? not registered", "service disabled", "enabling it in",
        "not compiled in",
      ]),
    TextRule(
      "compatibility", .configuration, 66,
      [
        "incompatible", "not compatible",
      ]),
    TextRule(
      "combination", .configuration, 61,
      [
        "cannot|can't be used|combined|set with|together|when"
      ]),
    TextRule(
      "hint", .configuration, 42,
      [
        "configuration|config|configured|configure|setting|settings|conf", "option|options|flag|flags",
        "environment",
      ]),
    TextRule(
      "thing", .configuration, 32,
      [
        "version|versions|installed|install|library|package|packages",
        "plugin|dependency|dependencies|module|driver|yaml|toml", "not supported|enabled|available",
      ]),
  ]
}
