# The items of a user's object as a list that nobody else has. list() and tuple() first ask a derived class or any other
# iterable for its length and take as much memory as it says; here the items alone count.

cdef inline list items_of(object values):
    cdef object item
    if type(values) is list or type(values) is tuple:
        return list(values)
    return [item for item in values]
