/// What a request asks for. Encoded once, here: what is signed is what the URL says, to the byte.
struct RequestTarget: Sendable, Hashable {
    var scheme: Endpoint.Scheme
    /// The Host header: host, and port where it is not the scheme's own.
    var authority: String
    /// Percent-encoded, with its leading slash. Never normalised: to S3, `a//b` and `a/../b` are keys of their own.
    var path: String
    var query: Query

    var url: String {
        let base = "\(scheme.rawValue)://\(authority)\(path)"
        return query.isEmpty ? base : "\(base)?\(query.text)"
    }
}

/// A request's query: names with values, or without (`?uploads`).
///
/// Kept encoded and in the order in which it is signed, by the encoded names and then values.
struct Query: Sendable, Hashable {
    private struct Item: Sendable, Hashable {
        var name: String
        var value: String?
    }
    private var items: [Item] = []

    init() {}

    /// Adds a parameter; names may repeat. Takes plain text and encodes it.
    mutating func add(_ name: String, _ value: String?) {
        let item = Item(name: percentEncoded(name), value: value.map { percentEncoded($0) })
        let place = items.firstIndex {
            $0.name > item.name || $0.name == item.name && $0.value ?? "" > item.value ?? ""
        }
        items.insert(item, at: place ?? items.endIndex)
    }

    var isEmpty: Bool { items.isEmpty }

    /// There is a parameter of this name, which needs no encoding.
    func contains(_ name: String) -> Bool { items.contains { $0.name == name } }

    /// As it stands in the URL.
    var text: String {
        items.map { item in item.value.map { "\(item.name)=\($0)" } ?? item.name }.joined(separator: "&")
    }

    /// As it is signed: every name has an equals sign.
    func appendCanonical(to bytes: inout [UInt8]) {
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes += item.name.utf8
            bytes.append(UInt8(ascii: "="))
            if let value = item.value { bytes += value.utf8 }
        }
    }
}

extension Query: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, String?)...) {
        for (name, value) in elements { add(name, value) }
    }
}
