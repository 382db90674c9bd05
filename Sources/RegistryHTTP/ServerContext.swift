internal import Logging
internal import NIOHTTP1
internal import RegistryCore
internal import Synchronization

/// What all connections of a server share.
final class ServerContext: Sendable {
    let responder: any HTTPResponder
    let accessLog: any AccessLog
    let logger: Logger
    let requestIDs = RequestIDs()
    private let exchanges = Atomic<Int>(0)
    private let currentSettings: Mutex<HTTPSettings>

    init(responder: any HTTPResponder, accessLog: any AccessLog, logger: Logger, settings: HTTPSettings) {
        self.responder = responder
        self.accessLog = accessLog
        self.logger = logger
        currentSettings = Mutex(settings)
    }

    var settings: HTTPSettings {
        get { currentSettings.withLock { $0 } }
        set { currentSettings.withLock { $0 = newValue } }
    }

    func exchangeBegan() { exchanges.wrappingAdd(1, ordering: .relaxed) }
    func exchangeEnded() { exchanges.wrappingSubtract(1, ordering: .relaxed) }
    /// Whether a request is being answered anywhere.
    var isBusy: Bool { exchanges.load(ordering: .relaxed) > 0 }

    /// What proxies add to a request, each its own choice.
    private static let proxyHeaders = [
        "X-Forwarded-For", "Forwarded", "Via", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
    ]

    /// Why a request is not even looked at; nil: it is.
    func refusal(of head: HTTPRequestHead, _ settings: HTTPSettings) -> RegistryError? {
        if head.version == .http1_1, head.headers["Host"].count != 1 {
            return RegistryError(.requestInvalid, "a request has exactly one Host header (RFC 9112, section 3.2)")
        }
        // Anything else leaves the body's length to be guessed, and two servers in a row may guess differently.
        for coding in head.headers["Transfer-Encoding"] where coding.lowercased() != "chunked" {
            return RegistryError(.requestInvalid, "the transfer coding \(coding) is not supported; chunked is")
        }
        if settings.refusesForwarded, Self.proxyHeaders.contains(where: { head.headers.contains(name: $0) }) {
            return RegistryError(
                .denied,
                "this registry has no access rules and serves its own machine only, but a proxy forwarded this request; "
                    + "set access.anonymous: push in the configuration to serve everybody who reaches it")
        }
        return nil
    }

    /// The client's address: the last one in X-Forwarded-For that is not a proxy of ours, if a proxy of ours says so.
    func client(of head: HTTPRequestHead, at address: String, _ settings: HTTPSettings) -> String {
        guard !settings.trustedProxies.isEmpty, isTrusted(address, settings) else { return address }
        let hops = head.headers[canonicalForm: "X-Forwarded-For"].map(String.init)
        return hops.last { !isTrusted($0, settings) } ?? hops.first ?? address
    }

    private func isTrusted(_ address: String, _ settings: HTTPSettings) -> Bool {
        settings.trustedProxies.contains { $0.contains(address) }
    }
}

/// Ids for requests: five characters that tell this process, a dash, and a count in base 36. Fifteen bytes at most, which
/// Swift keeps without allocating.
final class RequestIDs: Sendable {
    private let process: String
    private let count = Atomic<UInt64>(0)

    init() {
        process = String(UInt64.random(in: 1_679_616..<60_466_176), radix: 36) + "-"
    }

    func next() -> String {
        process + String(count.wrappingAdd(1, ordering: .relaxed).newValue, radix: 36)
    }
}
