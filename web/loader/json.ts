/** JSON of a value as it is. Old versions of Prototype and the like give arrays a toJSON of their own, which says something else. */
export const json = (value: unknown): string =>
	JSON.stringify(value, function (this: any, key) {
		return this[key];
	});
