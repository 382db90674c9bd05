/// Puts the parser's events together to a tree, within limits.
struct XMLTreeBuilder {
    let deepest: Int
    let mostElements: Int
    private(set) var root: XMLElement?
    /// Why it did not go on.
    private(set) var refusal: String?

    private struct Open {
        var element: XMLElement
        var text: [UInt8] = []
    }
    private var open: [Open] = []
    private var elements = 0

    init(deepest: Int, mostElements: Int) {
        self.deepest = deepest
        self.mostElements = mostElements
    }

    /// False: it is too much; stop.
    mutating func start(_ name: String) -> Bool {
        elements += 1
        if open.count >= deepest { refusal = "the XML is nested deeper than \(deepest) elements" }
        if elements > mostElements { refusal = "the XML has more than \(mostElements) elements" }
        guard refusal == nil else { return false }
        open.append(Open(element: XMLElement(name: name)))
        return true
    }

    mutating func append(_ text: UnsafeRawBufferPointer) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text.append(contentsOf: text)
    }

    mutating func end() {
        guard var closed = open.popLast() else { return }
        closed.element.text = String(decoding: closed.text, as: UTF8.self)
        if open.isEmpty {
            root = closed.element
        } else {
            open[open.count - 1].element.children.append(closed.element)
        }
    }
}
