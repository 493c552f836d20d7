import { KitchenError } from '../core/errors.js'

/** There is no kitchen at a place, and nobody asked to make one. */
export const noKitchen = (place: string): KitchenError =>
  new KitchenError('missing', `there is no kitchen at ${place}`, {
    hint: 'Name one that stands elsewhere with --kitchen or HOB_KITCHEN. The first job, blob or run of a rule makes one: hob send, load, blob push, rule run.',
  })
