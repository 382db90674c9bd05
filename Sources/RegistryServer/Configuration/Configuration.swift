import RegistryCore
import RegistryHTTP

/// What a configuration says, key by key; nil where it says nothing. Its defaults and its sense are ``Settings``'.
struct Configuration: Decodable {
    var data: String?
    var http: HTTP?
    var metadata: Metadata?
    var storage: Storage?
    var access: Access?
    var limits: Limits?
    var manifests: Manifests?
    var gc: Garbage?
    var backup: Backup?
    var readOnly: Bool?
    var log: Log?

    enum CodingKeys: String, CodingKey {
        case data, http, metadata, storage, access, limits, manifests, gc, backup, log
        case readOnly = "read-only"
    }

    struct HTTP: Decodable {
        var listen: OneOrMore<ListenAddress>?
        var adminListen: ListenAddress?
        var publicURL: PublicURL?
        var trustedProxies: [TrustedProxy]?
        var tls: TLSFiles?

        enum CodingKeys: String, CodingKey {
            case listen, tls
            case adminListen = "admin-listen"
            case publicURL = "public-url"
            case trustedProxies = "trusted-proxies"
        }
    }

    struct Metadata: Decodable {
        var url: DatabaseURL?
    }

    struct Storage: Decodable {
        var active: String?
        var backends: [String: Backend]?
    }

    /// The driver's name, and the rest of the section for the driver to read.
    struct Backend: Decodable {
        var driver: String
        var section: ConfigNode

        enum CodingKeys: String, CodingKey { case driver }

        init(from decoder: any Decoder) throws {
            driver = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .driver)
            guard let decoder = decoder as? ConfigDecoder else {
                throw ConfigProblem("storage.backends", "only a configuration can hold a backend")
            }
            section = decoder.node
            section.content = .map((section.entries ?? []).filter { $0.key != CodingKeys.driver.rawValue })
            // Its other keys are the driver's to know.
            decoder.reading.abandon(decoder.path)
        }
    }

    struct Limits: Decodable {
        var manifestSize: ByteCount?
        var blobSize: ByteCount?
        var uploadsPerUser: Int?
        var uploadIdle: TimeSpan?
        var uploadMemory: ByteCount?
        var connections: Int?
        var headerTimeout: TimeSpan?
        var idleTimeout: TimeSpan?

        enum CodingKeys: String, CodingKey {
            case connections
            case manifestSize = "manifest-size"
            case blobSize = "blob-size"
            case uploadsPerUser = "uploads-per-user"
            case uploadIdle = "upload-idle"
            case uploadMemory = "upload-memory"
            case headerTimeout = "header-timeout"
            case idleTimeout = "idle-timeout"
        }
    }

    struct Manifests: Decodable {
        var missingReferences: MissingReferences?

        enum CodingKeys: String, CodingKey { case missingReferences = "missing-references" }
    }

    struct Log: Decodable {
        var level: LogLevel?
        var format: LogFormat?
    }
}

enum MissingReferences: String, ConfigChoice {
    case reject, allow
}

/// A list, or its only element by itself.
struct OneOrMore<Element: Decodable>: Decodable {
    var elements: [Element]

    init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
            elements = []
            while !list.isAtEnd { elements.append(try list.decode(Element.self)) }
        } else {
            elements = [try decoder.singleValueContainer().decode(Element.self)]
        }
    }
}
