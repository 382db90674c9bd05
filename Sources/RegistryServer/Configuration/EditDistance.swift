/// How many characters must be added, removed, replaced or swapped with their neighbour to make `a` of `b`.
func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a), b = Array(b)
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
            row.append(best)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}

/// The one of `candidates` that `word` was most likely meant to be; nil: none is close.
func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let ranked = candidates.map { (distance: editDistance(word, $0), name: $0) }.min { $0 < $1 }
    guard let ranked else { return nil }
    let length = max(word.count, ranked.name.count)
    return ranked.distance <= max(length < 4 ? 1 : 2, length / 3) ? ranked.name : nil
}
