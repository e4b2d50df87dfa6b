/** JSON of a value as it is. Libraries of old have given arrays and objects a toJSON of their own, which says something else. */
export const json = (value: unknown): string =>
	JSON.stringify(value, function (this: any, key) {
		return this[key];
	});
