extension TextRule {
  /// Connections refused, reset or lost, names not resolved, TLS failures.
  static let network: [TextRule] = [
    TextRule(
      "refused", .network, 84,
      [
        "connection|connections|connect refused", "connection to * refused", "actively refused",
        "refused the connection", "refused to connect", "network related", "ora 12541",
        "type error fetch failed", "type error failed to fetch", "network request failed",
        "connect no such file", "dial unix * no such",
      ]),
    TextRule(
      "reset", .network, 84,
      [
        "connection|stream|socket reset", "connection was|is|has|been reset", "reset by peer",
        "forcibly closed", "broken pipe", "software caused connection abort", "socket hang up",
        "socket|peer disconnected", "socket * disconnected", "connection * recv failure",
        "rpc failed curl|result", "connection|socket|stream * not closed cleanly",
      ]),
    TextRule(
      "closed", .network, 74,
      [
        "connection|connections|socket closed|lost|dropped|aborted|terminated|broken|interrupted",
        "channel|session|tunnel|stream closed|lost|dropped|aborted|terminated|broken|interrupted",
        "connection|socket|channel|stream was|is|has|been closed|lost|dropped",
        "connection|socket|channel|stream was|is|has|been aborted|terminated|broken|interrupted",
        "connection unexpectedly closed", "connection closed unexpectedly",
        "closed|dropped|aborted the connection", "closed its connection", "closed network connection",
        "closed connection", "remote end|host|peer closed", "peer closed", "server|remote disconnected",
        "lost connection", "connection is bad|broken|dead", "tcp recv|send * closed", "early|unexpected eof",
        "premature close|end|eof", "prematurely closed", "incomplete read", "goaway", "going away",
        "remote party closed", "side closed", "ended prematurely", "empty reply|response from",
        "payload|body|response|transfer is? not completed|complete", "no http response", "closed channel",
        "connection forced", "forced connection", "closed by the? remote|peer|server|host|client",
      ]),
    TextRule(
      "unreachable", .network, 84,
      [
        "no route to host", "network|host|destination unreachable",
        "network|host|destination is unreachable|down", "network is unavailable", "no internet",
        "no network connection", "internet connection * offline|lost|down", "unreachable host|network",
        "assign requested address",
      ]),
    TextRule(
      "name_resolution", .network, 84,
      [
        "no such host|hostname", "name|host|hostname not resolved", "name or service not known",
        "resolve host|hostname|dns", "resolving host|hostname|dns", "resolve address|domain|name",
        "address not found", "hostname|host not found", "name resolution", "translate host name",
        "getaddrinfo", "nodename nor servname", "unknown host|hostname", "nxdomain", "non existing domain",
        "dns lookup|resolution|query|error|failure", "lookup failed", "server misbehaving",
        "no address associated",
      ]),
    TextRule(
      "address_in_use", .network, 88, transient: false,
      [
        "address already? in use", "port * in use", "port is already allocated|taken|used|bound",
        "only one usage of each socket address",
      ]),
    TextRule(
      "certificate_invalid", .network, 90, transient: false,
      [
        "certificate|certificates expired", "certificate has|is|was expired|invalid|untrusted|revoked|not",
        "certificate verify|verification|validation failed|error|failure", "certificate signed by unknown",
        "self signed certificate", "not match certificate",
      ]),
    TextRule(
      "certificate", .network, 78, transient: false,
      [
        "certificate|certificates|cert|x509", "self signed", "certificate authority", "unknown ca",
        "pkix path", "local issuer",
      ]),
    TextRule(
      "tls_handshake", .network, 80, transient: false,
      [
        "handshake failure|failed|error|alert|exception", "handshake * failed|failure|error|alert",
        "authentication handshake", "wrong version number",
        "tls|ssl|tlsv1|sslv3|tlsv13 alert|error|exception|failure", "ssl|tls connect error",
        "unsupported protocol version", "no shared cipher", "cipher mismatch", "non properly terminated",
        "secure channel", "http response to https", "http request * https port",
        "ssl|tls connection * not|failed", "look like a tls|ssl handshake",
      ]),
    TextRule(
      "tls", .network, 64, transient: false,
      [
        "tls|ssl|tlsv1|tlsv13|sslv3|gnutls|openssl"
      ]),
    TextRule(
      "connect_failed", .network, 76,
      [
        "error|failure|failed|while|when connecting|dialing",
        "failed|unable to establish|open|create * connection",
        "connection|connect failed|failure|unsuccessful", "connection to * failed",
        "connection attempt|attempts failed", "connection could not", "no connection could be made",
        "link failure", "not reachable", "unreachable", "transport failure|failed",
        "broker|brokers|node|peer|endpoint not available", "no brokers available",
        "out of available brokers", "end of file reached",
        "tunnel|channel|transport|connection|link is? not ready|established|available", "fetch failed !with",
        "backends|subchannels|endpoints|connections failing", "connections to all", "malformed http",
        "max retries exceeded",
      ] + cannot("connect|reach|dial") + cannot("establish|open * connection|session|tunnel")),
    TextRule(
      "connection", .network, 58,
      [
        "connection|connect|socket|network error|errors|exception|problem|issue",
        "transport|connectivity|proxy|dns|websocket error|errors|exception|problem|issue",
        "web socket exception", "eof exception", "stream error", "network failed|interrupted",
        "proxy * failed",
      ]),
    TextRule(
      "hint", .network, 39,
      [
        "eof", "not connected", "offline", "disconnected", "network|connection", "fetch failed",
        "failed to fetch", "read|write|close error",
      ]),
  ]
}
