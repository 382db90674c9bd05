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

    /// Why a request is not even looked at; nil: it is.
    func refusal(of head: HTTPRequestHead, _ settings: HTTPSettings) -> RegistryError? {
        var hosts = 0
        var isForOthers = false
        for (name, value) in head.headers {
            switch Self.watched(name) {
            case .host:
                hosts += 1
                isForOthers = isForOthers || settings.refusesForwarded && !isThisMachine(value)
            case .coding where value.lowercased() != "chunked":
                // Anything else leaves the body's length to be guessed, and two servers in a row may guess differently.
                return RegistryError(.requestInvalid, "the transfer coding \(value) is not supported; chunked is")
            case .proxy where settings.refusesForwarded:
                isForOthers = true
            case .coding, .proxy, nil:
                continue
            }
        }
        if head.version == .http1_1, hosts != 1 {
            return RegistryError(.requestInvalid, "a request has exactly one Host header (RFC 9112, section 3.2)")
        }
        return isForOthers ? Self.forOthers : nil
    }

    private static let forOthers = RegistryError(
        .denied,
        "this registry was not told who may do what, and serves its own machine only, by the name of localhost; but a proxy, or "
            + "a web page, sent this request. Say in the configuration who may do what: access.anonymous")

    /// Whether a Host header names this machine itself. Another name may be a proxy's, or that of a web page which has it
    /// resolved to us (DNS rebinding).
    private func isThisMachine(_ host: String) -> Bool {
        // By bytes, as every request comes by here.
        var name = host.utf8[...]
        if let colon = name.lastIndex(of: UInt8(ascii: ":")), name.last != UInt8(ascii: "]") { name = name[..<colon] }
        if name.starts(with: "127.".utf8) {
            return name.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        }
        if name.last == UInt8(ascii: ".") { name = name.dropLast() }
        let lowercased = Substring(name).lowercased()
        // RFC 6761, section 6.3: whatever ends in it is this machine, too.
        return lowercased == "localhost" || lowercased.hasSuffix(".localhost") || lowercased == "[::1]"
    }

    private enum Watched {
        case host, coding
        /// What proxies add to a request, each its own choice; and Origin, which browsers add for web pages.
        case proxy
    }

    /// By its length first, which tells almost all headers apart.
    private static func watched(_ name: String) -> Watched? {
        // The sixth bit is all that tells a letter from its capital; a dash has it, too.
        func matches(_ other: String) -> Bool { name.utf8.elementsEqual(other.utf8) { $0 | 0x20 == $1 } }
        return switch name.utf8.count {
        case 3 where matches("via"): .proxy
        case 4 where matches("host"): .host
        case 6 where matches("origin"): .proxy
        case 9 where matches("forwarded") || matches("x-real-ip"): .proxy
        case 15 where matches("x-forwarded-for"): .proxy
        case 16 where matches("x-forwarded-host"): .proxy
        case 17 where matches("transfer-encoding"): .coding
        case 17 where matches("x-forwarded-proto"): .proxy
        default: nil
        }
    }

    /// The client's address: the last one in X-Forwarded-For that is not a proxy of ours, if a proxy of ours says so.
    func client(of head: HTTPRequestHead, at address: String, _ settings: HTTPSettings) -> String {
        guard !settings.trustedProxies.isEmpty, isTrusted(address, settings) else { return address }
        let hops = head.headers[canonicalForm: "X-Forwarded-For"].map(String.init)
        return hops.last { !isTrusted($0, settings) } ?? hops.first ?? address
    }

    /// Whether a proxy of ours says that the client spoke TLS to it.
    func cameByTLS(_ head: HTTPRequestHead, from address: String, _ settings: HTTPSettings) -> Bool {
        guard !settings.trustedProxies.isEmpty, isTrusted(address, settings) else { return false }
        return head.headers.first(name: "X-Forwarded-Proto")?.lowercased() == "https"
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
