import CCurl

extension TransportError.Code {
    /// What curl's result means. `wasConnected`: the request was under way already; `message` is curl's own, where its codes are
    /// coarser than ours.
    init(_ result: CURLcode, wasConnected: Bool, message: String) {
        self =
            switch result {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .couldNotResolve
            case CURLE_COULDNT_CONNECT, CURLE_PROXY: .couldNotConnect
            // Its other timeouts are not in use.
            case CURLE_OPERATION_TIMEDOUT: .timedOutConnecting
            case CURLE_SSL_CONNECT_ERROR: Self.endsHandshake(message) ? .couldNotConnect : .tls
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_USE_SSL_FAILED,
                CURLE_SSL_INVALIDCERTSTATUS:
                .tls
            case CURLE_RECV_ERROR where Self.isMalformed(message): .malformedResponse
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_FAIL_REWIND:
                .connectionLost
            case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .malformedResponse
            // “Received HTTP/0.9 when not allowed”, “Unsupported HTTP version”
            case CURLE_UNSUPPORTED_PROTOCOL: wasConnected ? .malformedResponse : .invalidRequest
            // curl's way to say that one line is too long for it.
            case CURLE_OUT_OF_MEMORY where wasConnected: .malformedResponse
            case CURLE_URL_MALFORMAT: .invalidRequest
            default: .other
            }
    }

    /// The connection ended in the middle of the handshake; that says nothing about certificates.
    private static func endsHandshake(_ message: String) -> Bool {
        ["SSL_ERROR_SYSCALL", "Connection reset", "Broken pipe"].contains { message.contains($0) }
    }

    private static func isMalformed(_ message: String) -> Bool {
        message.contains("chunked-encoding") || message.contains("response headers")
    }
}
