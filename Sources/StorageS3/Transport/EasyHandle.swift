import CCurl

/// One of curl's handles, with what is the same for all requests set. It stays on its I/O thread.
final class EasyHandle {
    /// Uploads and downloads have handles of their own, as curl keeps a buffer of that size each.
    enum Kind {
        case sending, receiving
    }

    let kind: Kind
    let raw: UnsafeMutableRawPointer
    private let errors: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?

    init?(_ kind: Kind, _ configuration: TransportConfiguration) {
        guard let raw = curl_easy_init() else { return nil }
        self.kind = kind
        self.raw = raw
        errors = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errors.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        registryd_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, errors)
        set(configuration)
        setCallbacks()
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(headers)
        errors.deallocate()
    }

    private func set(_ configuration: TransportConfiguration) {
        set(CURLOPT_NOSIGNAL, 1)
        // A name lookup that is given up goes on by itself. Otherwise curl, and the whole I/O thread, would wait for its end.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        // Whatever the bytes are, they are the object's.
        set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_MAXAGE_CONN, max(1, Int(configuration.idleConnectionLifetime.components.seconds)))
        set(CURLOPT_BUFFERSIZE, kind == .sending ? 16 << 10 : configuration.receiveSize)
        set(CURLOPT_UPLOAD_BUFFERSIZE, kind == .sending ? configuration.sendSize : 16 << 10)
        // Both empty where there is none: nil would let the environment in.
        set(CURLOPT_PROXY, configuration.proxy ?? "")
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_USERAGENT, configuration.userAgent)
        if let file = configuration.caFile {
            set(CURLOPT_CAINFO, file)
            // Debian's curl trusts a folder beside the file.
            set(CURLOPT_CAPATH, nil)
        }
    }

    func set(_ option: CURLoption, _ value: Int) { registryd_curl_set_long(raw, option, value) }

    func set(_ option: CURLoption, _ value: String?) { registryd_curl_set_string(raw, option, value) }

    /// What is this request's own. Every option that one request sets is set by all.
    func set(_ request: TransportRequest) {
        errors[0] = 0
        set(CURLOPT_URL, request.url)
        set(CURLOPT_FRESH_CONNECT, request.needsFreshConnection ? 1 : 0)
        // Takes back NOBODY and UPLOAD.
        set(CURLOPT_HTTPGET, 1)
        let usual: String
        if request.sendsBody {
            set(CURLOPT_UPLOAD, 1)
            registryd_curl_set_offset(raw, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.body.length))
            usual = "PUT"
        } else if request.method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
            usual = "HEAD"
        } else {
            usual = "GET"
        }
        set(CURLOPT_CUSTOMREQUEST, request.method == usual ? nil : request.method)
        set(request.headers)
    }

    private func set(_ fields: TransportHeaders) {
        clear()
        // Without a value: curl sends none of its own.
        for name in ["Expect", "Accept"] where !fields.contains(name) {
            headers = curl_slist_append(headers, "\(name):")
        }
        for (name, value) in fields {
            headers = curl_slist_append(headers, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        registryd_curl_set_pointer(raw, CURLOPT_HTTPHEADER, headers)
    }

    /// Forgets the last request's headers; there are credentials among them.
    func clear() {
        registryd_curl_set_pointer(raw, CURLOPT_HTTPHEADER, nil)
        curl_slist_free_all(headers)
        headers = nil
    }

    /// curl's words for what went wrong.
    func message(_ result: CURLcode) -> String {
        let detail = String(cString: errors)
        return detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
    }
}

extension TransportRequest {
    /// There is a Content-Length to send. RFC 9110, 8.6: a method that anticipates content says so even when it is empty.
    var sendsBody: Bool {
        if case .none = body { return method == "PUT" || method == "POST" || method == "PATCH" }
        return true
    }
}
