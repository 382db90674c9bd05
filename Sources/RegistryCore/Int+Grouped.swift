extension Int {
    /// As people read it: `1,234`. For numbers that are not negative.
    package var grouped: String {
        var digits = Substring("\(self)")
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits = digits.dropLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
